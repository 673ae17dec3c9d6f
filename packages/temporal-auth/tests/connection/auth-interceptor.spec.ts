import { InterceptingCall, type Interceptor } from '@grpc/grpc-js';
import { isGrpcCancelledError, isGrpcDeadlineError } from '@temporalio/client';
import { tokenFingerprint } from '@worker-auth/testing-fakes';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import {
  AuthenticationError,
  ConnectivityError,
  TemporalAuthErrorCode,
} from '@worker-auth/calls/errors/temporal-auth-error';
import { openCallScene, quickRetries } from '../support/call-scene.ts';
import { isSettled, rejection } from '../support/scene.ts';

describe('a call with a token', () => {
  it('is sent with the token of that moment', async () => {
    await using scene = await openCallScene();
    await scene.call();
    scene.tokens.give('second');
    await scene.call();
    expect(scene.sent()).toEqual(['first', 'second']);
  });

  it('reads it anew for each attempt', async () => {
    await using scene = await openCallScene();
    scene.temporal.failWith(() => {
      if (scene.tokens.current === 'second') return undefined;
      scene.tokens.give('second');
      return 'unavailable';
    });
    await scene.call();
    expect(scene.sent()).toEqual(['first', 'second']);
  });

  it('has the source look whether a new one is due, each half second', async () => {
    await using scene = await openCallScene();
    for (const [afterMs, asked] of [
      [0, 1],
      [499, 1],
      [1, 2],
    ] as const) {
      await scene.clock.advance(afterMs);
      await scene.call();
      expect(scene.tokens.asked).toBe(asked);
    }
    expect(scene.tokens.requests).toEqual([]);
  });

  it.each([
    () => Promise.reject(new Error('down')),
    () => {
      throw new Error('no vault');
    },
  ])('is not disturbed when that fails: %s', async (getToken) => {
    await using scene = await openCallScene();
    scene.tokens.getToken = getToken;
    await scene.call();
    expect(scene.sent()).toEqual(['first']);
  });

  it('waits for one when the source cannot say which it has', async () => {
    await using scene = await openCallScene();
    scene.tokens.peek = () => {
      throw new Error('no vault');
    };
    await scene.call();
    expect(scene.sent()).toEqual(['first']);
  });

  it('gets what the server says, whatever that is', async () => {
    await using scene = await openCallScene();
    scene.temporal.failWith({ status: 'NOT_FOUND', message: 'no such namespace' });
    expect(await rejection(scene.call())).toMatchObject({ code: 5, details: 'no such namespace' });
    expect(scene.sent()).toEqual(['first']);
  });

  it('is cancelled by its signal', async () => {
    await using scene = await openCallScene();
    scene.temporal.failWith('neverAnswers');
    const leaving = new AbortController();
    const arrived = scene.temporal.nextCall('DescribeNamespace');
    const calling = rejection(scene.connection.withAbortSignal(leaving.signal, () => scene.call()));
    await arrived;
    leaving.abort();
    expect(isGrpcCancelledError(await calling)).toBe(true);
  });
});

describe('a call without a token', () => {
  it('waits for one, and is sent with it', async () => {
    await using scene = await openCallScene(null);
    const calling = scene.call();
    expect(await isSettled(calling)).toBe(false);
    expect(scene.sent()).toEqual([]);
    scene.tokens.give('late');
    await calling;
    expect(scene.sent()).toEqual(['late']);
    expect(scene.temporal.calls[0]?.namespace).toBe('default');
  });

  it('ends when its deadline comes, and not before, with the reason', async () => {
    await using scene = await openCallScene(null);
    const deadline = scene.clock.wallNow() + 5_000;
    const calling = scene.connection.withDeadline(deadline, () => scene.call());
    const failed = rejection(calling);
    await scene.clock.advance(4_999);
    expect(await isSettled(calling)).toBe(false);
    await scene.clock.advance(1);
    const error = await failed;
    expect(isGrpcDeadlineError(error)).toBe(true);
    expect(error).toMatchObject({
      details: expect.stringContaining('No valid access token came within the deadline') as string,
      cause: { kind: 'connectivity', code: TemporalAuthErrorCode.noValidToken, retryable: true },
    });
    expect((error as Error).cause).toBeInstanceOf(ConnectivityError);
    scene.tokens.give('too-late');
    await scene.call();
    expect(scene.sent()).toEqual(['too-late']);
  });

  it('ends when its token comes just after its deadline, which gRPC has seen before us', async () => {
    await using scene = await openCallScene(null);
    const calling = scene.connection.withDeadline(scene.clock.wallNow() + 20, () => scene.call());
    // The clock of the scene stands still, as for a process that was stopped; gRPC's timer is due before this one.
    await new Promise((resolve) => setTimeout(resolve, 21));
    scene.tokens.give('late');
    expect(isGrpcDeadlineError(await rejection(calling))).toBe(true);
  });

  it.each([
    ['none', undefined],
    ['one further away than a timer can wait', 2 ** 31 + 1_000],
  ])('waits for as long as it takes when its deadline is %s', async (_which, afterMs) => {
    await using scene = await openCallScene(null);
    const call = () => scene.call();
    const calling =
      afterMs === undefined ? call() : scene.connection.withDeadline(scene.clock.wallNow() + afterMs, call);
    await scene.clock.advance(3_600_000);
    expect(await isSettled(calling)).toBe(false);
    scene.tokens.give('late');
    await calling;
  });

  it('ends when it is cancelled, and leaves its wait', async () => {
    await using scene = await openCallScene(null);
    const leaving = new AbortController();
    const failed = rejection(scene.connection.withAbortSignal(leaving.signal, () => scene.call()));
    expect(scene.tokens.requests[0]?.signal?.aborted).toBe(false);
    leaving.abort();
    expect(isGrpcCancelledError(await failed)).toBe(true);
    expect(scene.tokens.requests[0]?.signal?.aborted).toBe(true);
    scene.tokens.give('late');
    await scene.call();
    expect(scene.sent()).toEqual(['late']);
  });

  it('fails at once with the reason when none can be had, and is not repeated', async () => {
    await using scene = await openCallScene(null);
    const failed = rejection(scene.call());
    const reason = new ConnectivityError('The server is failing.', {
      code: 'TOKEN_ENDPOINT_UNAVAILABLE',
      retryable: true,
      retryInMs: 700,
    });
    scene.tokens.fail(reason);
    const error = await failed;
    expect(error).toMatchObject({ code: 16, details: 'The server is failing.' });
    expect((error as Error).cause).toBe(reason);
    expect(scene.tokens.requests).toHaveLength(1);
    expect(scene.sent()).toEqual([]);
  });

  it("makes a typed error of what somebody's own source throws, and does not attach that", async () => {
    await using scene = await openCallScene(null);
    const failed = rejection(scene.call());
    scene.tokens.fail(Object.assign(new Error('vault sealed'), { request: { password: 'hunter2' } }));
    const error = await failed;
    expect(error).toMatchObject({
      code: 16,
      cause: { kind: 'connectivity', code: TemporalAuthErrorCode.tokenSourceFailed },
    });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('hunter2');
  });

  it('shows nothing of a token that no header can hold', async () => {
    await using scene = await openCallScene('s3cret\n');
    const error = await rejection(scene.call());
    expect(error).toMatchObject({ code: 16, cause: { code: TemporalAuthErrorCode.unusableToken } });
    expect((error as Error).cause).toBeInstanceOf(AuthenticationError);
    expect(JSON.stringify([error, (error as Error).stack])).not.toContain('s3cret');
    expect(scene.sent()).toEqual([]);
  });

  it('leaves nothing behind that waits for its deadline when it was never sent', async () => {
    const ended: string[] = [];
    const watch: Interceptor = (options, nextCall) =>
      new InterceptingCall(nextCall(options), {
        cancel: (next) => {
          ended.push(options.method_definition.path);
          next();
        },
      });
    await using scene = await openCallScene(null, (auth) => [auth, watch]);
    const failed = rejection(scene.call());
    scene.tokens.fail(new ConnectivityError('Failing.', { code: 'TOKEN_ENDPOINT_UNAVAILABLE' }));
    await failed;
    expect(ended).toEqual(['/temporal.api.workflowservice.v1.WorkflowService/DescribeNamespace']);
    expect(scene.clock.pendingTimers).toBe(0);
  });

  it.each([
    ['alone', () => [] as const],
    ['before the retries', () => [quickRetries()] as const],
  ])('is not left without an answer when the interceptor stands %s', async (_where, after) => {
    await using scene = await openCallScene(null, (auth) => [auth, ...after()]);
    const failed = rejection(scene.call());
    scene.tokens.fail(new ConnectivityError('Failing.', { code: 'TOKEN_ENDPOINT_UNAVAILABLE' }));
    expect(await failed).toMatchObject({ code: 16, details: 'Failing.' });
    const calling = scene.call();
    scene.tokens.give('late');
    await calling;
    expect(scene.sent()).toEqual(['late']);
  });
});

describe('a call with authorization of its own', () => {
  it.each(['withApiKey', 'withMetadata'] as const)('by %s is left alone', async (how) => {
    await using scene = await openCallScene(null);
    scene.temporal.failWith('permissionDenied');
    const { connection } = scene;
    const call = () => scene.call();
    const calling =
      how === 'withApiKey'
        ? connection.withApiKey('own', call)
        : connection.withMetadata({ authorization: 'Bearer own' }, call);
    expect(await rejection(calling)).toMatchObject({ code: 7 });
    expect(scene.temporal.tokensOf()).toEqual([tokenFingerprint('own')]);
    expect(scene.tokens.asked).toBe(0);
  });
});
