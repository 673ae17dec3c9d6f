import { describe, expect, it } from 'vitest';
import { TokenManagerErrorCode, TokenManagerError } from '../../src/errors.ts';
import type { TokenManagerOptions } from '../../src/options.ts';
import { openScene, rejectionOf } from '../support.ts';

describe('start', () => {
  it('gets the first token and refreshes it with no caller at all', async () => {
    const { server, clock, tokens } = await openScene();
    tokens.start();
    await expect.poll(() => tokens.peek()).toBeDefined();
    const first = tokens.peek();
    await clock.advance(1_799_999);
    expect(server.tokenRequests).toHaveLength(1);
    await clock.advance(1);
    await expect.poll(() => tokens.peek()).not.toBe(first);
    expect(tokens.peek()).toBe(server.issuedTokens[1]);
  });

  it('reports a token that ended before a newer one had arrived', async () => {
    const { server, clock, tokens } = await openScene();
    const expired: unknown[] = [];
    tokens.on('tokenExpired', (event) => expired.push(event));
    tokens.start();
    await tokens.getToken();
    server.failWith('connectionReset');
    await clock.advance(3_599_999);
    expect(expired).toEqual([]);
    await clock.advance(1);
    expect(expired).toEqual([{ tokenNumber: 1 }]);
  });

  it('asks again at once after invalidate', async () => {
    const { server, tokens } = await openScene();
    tokens.start();
    const first = await tokens.getToken();
    tokens.invalidate();
    expect(tokens.peek()).toBeUndefined();
    await expect.poll(() => tokens.peek()).toBeDefined();
    expect(tokens.peek()).not.toBe(first);
    expect(server.tokenRequests).toHaveLength(2);
  });
});

describe('stop', () => {
  it('leaves no timer, whatever was going on', async () => {
    const { server, clock, tokens } = await openScene();
    tokens.start();
    await tokens.getToken();
    expect(clock.pendingTimers).toBeGreaterThan(0);
    await tokens.stop();
    expect(clock.pendingTimers).toBe(0);
    await clock.advance(7_200_000);
    expect(server.tokenRequests).toHaveLength(1);
  });

  it('ends a request in flight, and who waits for it learns why', async () => {
    const { server, clock, tokens } = await openScene();
    server.failWith('neverAnswers');
    const arrived = server.nextRequest();
    const waiting = rejectionOf(tokens.getToken());
    await arrived;
    await tokens.stop();
    const error = await waiting;
    expect(error).toBeInstanceOf(TokenManagerError);
    expect(error).toMatchObject({ code: TokenManagerErrorCode.stopped, kind: 'stopped', retryable: false });
    await expect.poll(() => server.openConnections).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });

  it.each<readonly [string, Partial<TokenManagerOptions>]>([
    [
      'credential source',
      { credentials: { get: () => new Promise(() => undefined), invalidate: () => undefined } },
    ],
    ['client assertion', { clientAssertion: () => new Promise(() => undefined) }],
  ])('does not wait for a %s that never answers', async (_name, options) => {
    const { clock, tokens } = await openScene(options);
    const waiting = rejectionOf(tokens.getToken());
    await clock.advance(1);
    await tokens.stop();
    expect(await waiting).toMatchObject({ code: TokenManagerErrorCode.stopped });
    expect(clock.pendingTimers).toBe(0);
  });

  it('leaves the cached token to its end, and gives no other', async () => {
    const { clock, tokens } = await openScene();
    const token = await tokens.getToken();
    await tokens.stop();
    expect(() => {
      tokens.start();
    }).toThrow(TokenManagerError);
    expect(await tokens.getToken()).toBe(token);
    expect(await rejectionOf(tokens.getToken({ forceRefresh: true }))).toMatchObject({
      code: TokenManagerErrorCode.stopped,
      message: 'The token source was stopped; create a new one to get tokens again',
    });
    await clock.advance(3_600_000);
    expect(tokens.peek()).toBeUndefined();
    expect(await rejectionOf(tokens.getToken())).toMatchObject({ code: TokenManagerErrorCode.stopped });
  });

  it('is final: a start after it is an error', async () => {
    const { tokens } = await openScene();
    await tokens.stop();
    expect(() => {
      tokens.start();
    }).toThrow(TokenManagerError);
  });
});
