import { Client, credentials, type InterceptingListener, Metadata, type ServiceError } from '@grpc/grpc-js';
import { tokenFingerprint } from '@worker-auth/testing-fakes';
import { describe, expect, it, vi } from 'vitest';
import { authInterceptor } from '../../src/connection/auth-interceptor.ts';
import { openScene, type Scene } from '../support/scene.ts';
import { ScriptedTokens } from '@worker-auth/calls/tests/scripted-tokens';

/** Its one answer is a stream as well. */
const healthCheck = '/grpc.health.v1.Health/Check';

const asIs = (bytes: Buffer): Buffer => bytes;

/** What a call with a stream of answers gives: how many there were, and its error. */
function stream({ temporal }: Scene, tokens: ScriptedTokens): Promise<[number, ServiceError | undefined]> {
  const client = new Client(`127.0.0.1:${temporal.port}`, credentials.createInsecure(), {
    interceptors: [authInterceptor(tokens)],
  });
  const call = client.makeServerStreamRequest(healthCheck, asIs, asIs, Buffer.alloc(0), new Metadata());
  let messages = 0;
  const { promise, resolve } = Promise.withResolvers<[number, ServiceError | undefined]>();
  call.on('data', () => messages++);
  call.once('error', (error: ServiceError) => {
    resolve([messages, error]);
  });
  call.once('end', () => {
    resolve([messages, undefined]);
  });
  return promise.finally(() => {
    client.close();
  });
}

describe('a call with a stream', () => {
  it('is sent with a token', async () => {
    await using scene = await openScene({ acceptToken: undefined });
    expect(await stream(scene, new ScriptedTokens('first'))).toEqual([1, undefined]);
    expect(scene.temporal.tokensOf('Check')).toEqual([tokenFingerprint('first')]);
  });

  it('is not repeated when it is rejected: what it has sent is gone', async () => {
    await using scene = await openScene({ acceptToken: undefined });
    scene.temporal.failWith('permissionDenied');
    const tokens = new ScriptedTokens('first');
    expect(await stream(scene, tokens)).toMatchObject([0, { code: 7 }]);
    expect(scene.temporal.tokensOf('Check')).toEqual([tokenFingerprint('first')]);
    expect(tokens.requests).toEqual([]);
  });

  it.each([{ requestStream: true }, { responseStream: true }])(
    'is its caller’s from the first answer on: %j',
    (streams) => {
      let listener: Partial<InterceptingListener> = {};
      const call = {
        start: (_metadata: Metadata, given: Partial<InterceptingListener>) => void (listener = given),
      };
      const options = { method_definition: { requestStream: false, responseStream: false, ...streams } };
      const onReceiveMessage = vi.fn();
      const intercept = authInterceptor(new ScriptedTokens('first'));
      intercept(options as never, () => call as never).start(new Metadata(), { onReceiveMessage });
      listener.onReceiveMessage?.('a');
      expect(onReceiveMessage.mock.calls).toEqual([['a']]);
    },
  );
});
