import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { tokenFingerprint } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { authInterceptor } from '../../src/connection/auth-interceptor.ts';
import { ConnectivityError } from '../../src/errors/temporal-auth-error.ts';
import { openScene, type Scene } from '../support/scene.ts';
import { ScriptedTokens } from '../support/scripted-tokens.ts';

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

  it('waits for a token', async () => {
    await using scene = await openScene({ acceptToken: undefined });
    const tokens = new ScriptedTokens();
    const streaming = stream(scene, tokens);
    tokens.give('late');
    expect(await streaming).toEqual([1, undefined]);
    expect(scene.temporal.tokensOf('Check')).toEqual([tokenFingerprint('late')]);
  });

  it('fails with the reason when none can be had', async () => {
    await using scene = await openScene({ acceptToken: undefined });
    const tokens = new ScriptedTokens();
    const streaming = stream(scene, tokens);
    tokens.fail(new ConnectivityError('Failing.', { code: 'TOKEN_ENDPOINT_UNAVAILABLE' }));
    expect(await streaming).toMatchObject([0, { code: 16, details: 'Failing.' }]);
  });

  it('is not repeated when it is rejected: what it has sent is gone', async () => {
    await using scene = await openScene({ acceptToken: undefined });
    scene.temporal.failWith('permissionDenied');
    const tokens = new ScriptedTokens('first');
    expect(await stream(scene, tokens)).toMatchObject([0, { code: 7 }]);
    expect(scene.temporal.tokensOf('Check')).toEqual([tokenFingerprint('first')]);
    expect(tokens.requests).toEqual([]);
  });
});
