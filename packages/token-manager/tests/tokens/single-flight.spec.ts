import { RefreshSchedulerError, RefreshSchedulerErrorCode } from '@worker-auth/refresh-scheduler';
import { describe, expect, it } from 'vitest';
import { TokenManagerErrorCode } from '../../src/errors.ts';
import { openScene, rejectionOf } from '../support.ts';

it('a thousand callers wait for one promise, whose outcome nobody keeps', async () => {
  const { server, tokens } = await openScene();
  server.failWith('unavailable503');
  const first = tokens.getToken();
  expect(tokens.getToken()).toBe(first);
  await rejectionOf(first);
  expect(tokens.getToken()).not.toBe(first);
  await expect(tokens.getToken()).rejects.toMatchObject({ code: TokenManagerErrorCode.unavailable });
});

describe('a caller that leaves', () => {
  it('before it asks is told so, although there is a token', async () => {
    const { tokens } = await openScene();
    await tokens.getToken();
    const signal = AbortSignal.abort(new Error('left'));
    expect(await rejectionOf(tokens.getToken({ signal }))).toBe(signal.reason);
  });

  it('is told its own reason as it is, even an error of the scheduler', async () => {
    const { server, tokens } = await openScene();
    const arrived = server.nextRequest();
    server.hold();
    const leaving = new AbortController();
    const left = rejectionOf(tokens.getToken({ signal: leaving.signal }));
    await arrived;
    leaving.abort(new RefreshSchedulerError('theirs', { code: RefreshSchedulerErrorCode.stopped }));
    expect(await left).toBe(leaving.signal.reason);
  });

  it('leaves the token behind even when nobody else waits', async () => {
    const { server, tokens } = await openScene();
    const release = server.hold();
    const arrived = server.nextRequest();
    const leaving = new AbortController();
    const left = rejectionOf(tokens.getToken({ signal: leaving.signal }));
    await arrived;
    leaving.abort(new Error('left'));
    await left;
    release();
    expect(await tokens.getToken()).toBe(server.issuedTokens[0]);
    expect(server.tokenRequests).toHaveLength(1);
  });
});

describe('the early window', () => {
  it('has not begun one millisecond earlier', async () => {
    const { server, clock, tokens } = await openScene();
    await tokens.getToken();
    await clock.advance(1_799_999);
    await tokens.getToken();
    expect(tokens.nextRefreshInMs).toBe(1);
    expect(server.tokenRequests).toHaveLength(1);
  });

  it('has begun when the wall clock alone says so, to the millisecond', async () => {
    const { clock, tokens } = await openScene();
    await tokens.getToken();
    clock.stepWall(1_799_999);
    await tokens.getToken();
    expect(tokens.nextRefreshInMs).toBe(1);
    clock.stepWall(1);
    await tokens.getToken();
    const refreshed = new Promise((resolve) => tokens.subscribe(resolve));
    expect(await refreshed).toBe(tokens.peek());
  });

  it('makes nobody wait and one request for a thousand callers', async () => {
    const { server, clock, tokens } = await openScene();
    const old = await tokens.getToken();
    await clock.advance(1_800_000);
    const release = server.hold();
    const arrived = server.nextRequest();
    const asked = await Promise.all(Array.from({ length: 1_000 }, () => tokens.getToken()));
    expect(new Set(asked)).toEqual(new Set([old]));
    await arrived;
    release();
    await expect.poll(() => tokens.peek()).not.toBe(old);
    expect(server.tokenRequests).toHaveLength(2);
  });

  it('ends with the old token when the refresh behind fails, and nobody sees the failure', async () => {
    const { server, clock, tokens } = await openScene();
    const old = await tokens.getToken();
    server.failWith('serverError500');
    await clock.advance(1_800_000);
    expect(await tokens.getToken()).toBe(old);
    await expect.poll(() => server.tokenRequests).toHaveLength(2);
    await clock.advance(1_799_999);
    expect(await tokens.getToken()).toBe(old);
    await clock.advance(1);
    expect(tokens.peek()).toBeUndefined();
  });
});

describe('an older response', () => {
  it('is joined by a forced refresh, so that it cannot come after a newer one', async () => {
    const { server, tokens } = await openScene();
    const release = server.hold();
    const arrived = server.nextRequest();
    const first = tokens.getToken();
    await arrived;
    const forced = tokens.getToken({ forceRefresh: true });
    release();
    expect(await forced).toBe(await first);
    expect(server.tokenRequests).toHaveLength(1);
  });

  it('is not used after invalidate: who waited gets the newer token', async () => {
    const { server, tokens } = await openScene();
    const release = server.hold();
    const first = server.nextRequest();
    const waiting = tokens.getToken();
    await first;
    const second = server.nextRequest();
    tokens.invalidate();
    await second;
    release();
    const token = await waiting;
    expect(token).toBe(server.issuedTokens.at(-1));
    expect(tokens.peek()).toBe(token);
  });
});
