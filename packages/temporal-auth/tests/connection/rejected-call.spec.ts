import { InterceptingCall, type Interceptor } from '@grpc/grpc-js';
import { isGrpcCancelledError } from '@temporalio/client';
import { tokenFingerprint } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { type CallScene, openCallScene } from '../support/call-scene.ts';
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
});
