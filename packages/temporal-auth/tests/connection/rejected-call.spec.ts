import { InterceptingCall, type Interceptor } from '@grpc/grpc-js';
import { isGrpcCancelledError } from '@temporalio/client';
import { tokenFingerprint } from '@worker-auth/testing-fakes';
import { describe, expect, it, vi } from 'vitest';
import { type CallScene, openCallScene, quickRetries } from '../support/call-scene.ts';
import { isSettled, rejection } from '../support/scene.ts';

const rejectedError = { code: 7, details: 'Request unauthorized.' };

/** A scene whose first token has helped a call: it is replaced at once when it is rejected. */
async function openAcceptedScene(...given: Parameters<typeof openCallScene>): Promise<CallScene> {
  const scene = await openCallScene(...given);
  await scene.call();
  await scene.clock.advance(4_000);
  return {
    ...scene,
    sent: () => scene.sent().slice(1),
    [Symbol.asyncDispose]: () => scene[Symbol.asyncDispose](),
  };
}

/** Rejects the calls that come with one of these tokens. */
function reject({ temporal }: CallScene, ...tokens: string[]): void {
  const rejected = tokens.map((token) => tokenFingerprint(token));
  temporal.failWith(({ token }) =>
    rejected.includes(token?.fingerprint ?? '') ? 'permissionDenied' : undefined,
  );
}

/** A call that is rejected, with a new token for it as soon as one is asked for. */
async function rejectedCall({ tokens, ...scene }: CallScene, token: string): Promise<unknown> {
  const asked = tokens.nextRequest();
  const calling = scene.call();
  await asked;
  tokens.give(token);
  return calling;
}

describe('a rejected call', () => {
  it.each(['PERMISSION_DENIED', 'UNAUTHENTICATED'] as const)(
    'is repeated with another token after %s',
    async (status) => {
      await using scene = await openAcceptedScene();
      scene.temporal.injectFault({ status, message: 'no' }, { token: 1 });
      await rejectedCall(scene, 'second');
      expect(scene.sent()).toEqual(['first', 'second']);
      expect(scene.temporal.calls.at(-1)?.namespace).toBe('default');
      expect(scene.tokens.requests).toEqual([{ rejectedToken: 'first', rejectedAs: 'revoked' }]);
    },
  );

  it('is its caller’s when the other token is rejected too, as it was rejected then', async () => {
    await using scene = await openAcceptedScene();
    scene.temporal.failWith(() => ({
      status: 'PERMISSION_DENIED',
      message: `no to ${scene.tokens.current ?? ''}`,
    }));
    expect(await rejection(rejectedCall(scene, 'second'))).toMatchObject({ details: 'no to second' });
    expect(scene.sent()).toEqual(['first', 'second']);
    expect(scene.tokens.requests).toHaveLength(1);
  });

  it.each<[string, (scene: CallScene) => unknown]>([
    [
      'no other token can be had',
      (scene: CallScene) => {
        scene.tokens.fail(new Error('down'));
      },
    ],
    ['the source says nothing for 30 s', (scene: CallScene) => scene.clock.advance(30_000)],
    [
      'the same token comes again',
      (scene: CallScene) => {
        scene.tokens.give('first');
      },
    ],
    [
      'the other token is one that no header can hold',
      (scene: CallScene) => {
        scene.tokens.give('second\n');
      },
    ],
  ])('is its caller’s when %s', async (_why, answer) => {
    await using scene = await openAcceptedScene();
    reject(scene, 'first');
    let asked = scene.tokens.nextRequest();
    const failed = rejection(scene.call());
    // It is sent once more with the same: a balancer may choose another frontend.
    for (let time = 0; time < 2; time++) {
      await Promise.race([asked, failed]);
      asked = scene.tokens.nextRequest();
      await answer(scene);
    }
    expect(await failed).toMatchObject(rejectedError);
    expect(new Set(scene.sent())).toEqual(new Set(['first']));
  });

  it('is its caller’s when its deadline comes before another token', async () => {
    await using scene = await openAcceptedScene();
    reject(scene, 'first');
    const asked = scene.tokens.nextRequest();
    // gRPC has its own eye on the deadline, by the host's clock.
    const deadline = scene.clock.wallNow() + 20_000;
    const calling = scene.connection.withDeadline(deadline, () => scene.call());
    const failed = rejection(calling);
    await asked;
    await scene.clock.advance(19_999);
    expect(await isSettled(calling)).toBe(false);
    await scene.clock.advance(1);
    expect(await failed).toMatchObject(rejectedError);
  });

  it('ends when it is cancelled while another token is awaited', async () => {
    await using scene = await openAcceptedScene();
    reject(scene, 'first');
    const leaving = new AbortController();
    const asked = scene.tokens.nextRequest();
    const failed = rejection(scene.connection.withAbortSignal(leaving.signal, () => scene.call()));
    await asked;
    leaving.abort();
    expect(isGrpcCancelledError(await failed)).toBe(true);
    scene.tokens.give('second');
    await scene.call();
    expect(scene.sent()).toEqual(['first', 'second']);
  });

  it('ends when it is cancelled after it was sent again', async () => {
    await using scene = await openAcceptedScene();
    scene.temporal.failWith(({ token }) => (token?.number === 1 ? 'permissionDenied' : 'neverAnswers'));
    const leaving = new AbortController();
    const asked = scene.tokens.nextRequest();
    const failed = rejection(scene.connection.withAbortSignal(leaving.signal, () => scene.call()));
    await asked;
    const arrived = scene.temporal.nextCall('DescribeNamespace');
    scene.tokens.give('second');
    await arrived;
    leaving.abort();
    expect(isGrpcCancelledError(await failed)).toBe(true);
  });

  it('is repeated once, whatever Temporal’s retries do in between', async () => {
    await using scene = await openAcceptedScene();
    scene.temporal.script(['permissionDenied', 'unavailable', 'permissionDenied']);
    scene.temporal.subscribe(() => {
      // Nor does it matter that another request would not be too early.
      void scene.clock.advance(60_000).then(scene.temporal.hold());
    });
    expect(await rejection(rejectedCall(scene, 'second'))).toMatchObject(rejectedError);
    expect(scene.sent()).toEqual(['first', 'second', 'second']);
    expect(scene.tokens.requests).toHaveLength(1);
  });

  it('shows those before it one answer, headers included', async () => {
    const seen: string[] = [];
    const watch: Interceptor = (options, nextCall) =>
      new InterceptingCall(nextCall(options), {
        start: (metadata, _listener, next) => {
          next(metadata, {
            onReceiveMetadata: (received, pass) => {
              seen.push('headers');
              pass(received);
            },
            onReceiveMessage: (message, pass) => {
              seen.push(message === null ? 'no message' : 'message');
              pass(message);
            },
            onReceiveStatus: (status, pass) => {
              seen.push(`status ${status.code}`);
              pass(status);
            },
          });
        },
      });
    await using scene = await openAcceptedScene('first', (auth) => [watch, auth]);
    seen.length = 0;
    reject(scene, 'first');
    await rejectedCall(scene, 'second');
    expect(seen).toEqual(['headers', 'message', 'status 0']);
  });

  it.each([
    ['alone', () => [] as const],
    ['before the retries', () => [quickRetries()] as const],
  ])('is repeated by an interceptor that stands %s', async (_where, after) => {
    await using scene = await openAcceptedScene('first', (auth) => [auth, ...after()]);
    reject(scene, 'first');
    await rejectedCall(scene, 'second');
    expect(scene.sent()).toEqual(['first', 'second']);
  });
});

describe('rejected calls', () => {
  it('share one request for another token', async () => {
    await using scene = await openAcceptedScene();
    reject(scene, 'first');
    const arrived = scene.temporal.until(() => scene.sent().length === 50);
    const calls = Promise.all(Array.from({ length: 50 }, () => scene.call()));
    await arrived;
    await expect.poll(() => scene.tokens.requests).toHaveLength(1);
    scene.tokens.give('second');
    await calls;
    expect(scene.tokens.requests).toHaveLength(1);
    expect(scene.sent().filter((token) => token === 'second')).toHaveLength(50);
  });

  it('ask for none when there is another by then', async () => {
    await using scene = await openAcceptedScene();
    reject(scene, 'first');
    const release = scene.temporal.hold();
    const arrived = scene.temporal.nextCall('DescribeNamespace');
    const calling = scene.call();
    await arrived;
    scene.tokens.give('second');
    release();
    const { asked } = scene.tokens;
    await calling;
    expect(scene.sent()).toEqual(['first', 'second']);
    expect(scene.tokens.asked).toBe(asked);
  });

  it('without the permission have the token replaced once, and again after ten minutes', async () => {
    await using scene = await openCallScene('token-0');
    scene.temporal.failWith('permissionDenied', 'DescribeNamespace');
    let given = 0;
    const { tokens, clock } = scene;
    const getToken = tokens.getToken.bind(tokens);
    tokens.getToken = (options) => {
      if (options?.rejectedToken === tokens.current) tokens.give(`token-${++given}`);
      return getToken(options);
    };
    const givenAt: number[] = [];
    const began = clock.monotonicNow();
    for (let second = 0; second < 610; second += 5) {
      const before = given;
      expect(await rejection(scene.call())).toMatchObject(rejectedError);
      if (given > before) givenAt.push((clock.monotonicNow() - began) / 1_000);
      await clock.advance(5_000);
      // Other calls are accepted with the new token.
      await scene.connection.workflowService.recordWorkerHeartbeat({ namespace: 'default' });
    }
    expect(givenAt).toEqual([5, 605]);
    expect(scene.sent().length).toBeLessThan(2 * 122 + 10);
  });

  it('have a token that was accepted replaced at once, however often that was so before', async () => {
    await using scene = await openAcceptedScene('token-0');
    for (let number = 0; number < 10; number++) {
      reject(scene, `token-${number}`);
      await rejectedCall(scene, `token-${number + 1}`);
      // Sooner than that a balancer may have chosen another frontend.
      await scene.clock.advance(5_000);
    }
    expect(scene.sent()).toEqual(
      Array.from({ length: 10 }, (_, number) => [`token-${number}`, `token-${number + 1}`]).flat(),
    );
  });

  it('with a token that was never accepted ask for another when it has had 10 s to age', async () => {
    await using scene = await openCallScene();
    reject(scene, 'first');
    expect(await rejection(scene.call())).toMatchObject(rejectedError);
    await scene.clock.advance(9_999);
    expect(await rejection(scene.call())).toMatchObject(rejectedError);
    expect(scene.tokens.requests).toEqual([]);
    await scene.clock.advance(1);
    await rejectedCall(scene, 'second');
    expect(scene.sent()).toEqual(['first', 'first', 'first', 'second']);
  });

  it('that no token could be had for do not make the next one wait', async () => {
    await using scene = await openAcceptedScene();
    reject(scene, 'first');
    const failing = vi.spyOn(scene.tokens, 'getToken').mockRejectedValue(new Error('down'));
    await rejection(scene.call());
    failing.mockRestore();
    await rejectedCall(scene, 'second');
    expect(scene.sent()).toEqual(['first', 'first', 'first', 'second']);
  });
});
