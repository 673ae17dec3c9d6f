import { FakeDaprSidecar } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import {
  AuthenticationError,
  ConfigurationError,
  ConnectivityError,
} from '@worker-auth/calls/errors/temporal-auth-error';
import { openScene, rejection } from '../support/scene.ts';

describe('load()', () => {
  it('gets a token, connects with it, asks for the namespace and keeps the token fresh', async () => {
    await using scene = await openScene();
    const client = await scene.loadClient({ namespace: 'extraction' });
    const [token] = scene.issuedFingerprints();
    expect(scene.temporal.tokensOf('GetSystemInfo')).toEqual([token]);
    expect(scene.temporal.tokensOf('DescribeNamespace')).toEqual([token]);
    expect(scene.temporal.calls.at(-1)?.namespace).toBe('extraction');
    expect(client.client.options.namespace).toBe('extraction');
    const refresh = scene.oauth.nextRequest();
    await scene.clock.advance(1_800_000);
    await refresh;
    expect(scene.log.text()).toContain('INFO Connected to Temporal');
  });

  it('connects once for all who call it at the same time, and does nothing afterwards', async () => {
    await using scene = await openScene();
    const client = scene.createClient();
    await Promise.all([client.load(), client.load()]);
    await client.load();
    expect(scene.temporal.tokensOf('GetSystemInfo')).toHaveLength(1);
  });

  it.each([
    ['permissionDenied', AuthenticationError, 'TEMPORAL_AUTH_PERMISSION_MISSING'],
    ['unauthenticated', AuthenticationError, 'TEMPORAL_AUTH_CALL_REJECTED'],
    [{ status: 'NOT_FOUND', message: 'no such' }, ConfigurationError, 'TEMPORAL_AUTH_NAMESPACE_UNKNOWN'],
    [
      { status: 'UNIMPLEMENTED', message: 'unknown' },
      ConnectivityError,
      'TEMPORAL_AUTH_TEMPORAL_UNAVAILABLE',
    ],
  ] as const)(
    'fails when Temporal answers %j, leaves nothing open, and can be called again',
    async (rejectedError, errorClass, code) => {
      await using scene = await openScene();
      const client = scene.createClient();
      scene.temporal.failWith(rejectedError, ['DescribeNamespace', 'StartWorkflowExecution']);
      const error = await rejection(client.load());
      expect(error).toBeInstanceOf(errorClass);
      expect(error).toMatchObject({ code });
      await scene.temporal.until(() => scene.temporal.openConnections === 0);
      scene.temporal.recover();
      await client.load();
      expect(client.client.options.namespace).toBe('default');
    },
  );

  it('succeeds where a client may start workflows, and not describe the namespace', async () => {
    await using scene = await openScene();
    scene.temporal.failWith('permissionDenied', 'DescribeNamespace');
    await scene.createClient().load();
    expect(scene.temporal.tokensOf('StartWorkflowExecution')).toHaveLength(1);
  });

  it('lets a rejected token age, however often it is called again, and has it replaced after 10 s', async () => {
    await using scene = await openScene();
    const client = scene.createClient();
    scene.temporal.failWith('permissionDenied');
    for (let time = 0; time < 5; time++) await rejection(client.load());
    expect(scene.oauth.issuedTokens).toHaveLength(1);
    await scene.clock.advance(10_000);
    for (let time = 0; time < 5; time++) await rejection(client.load());
    expect(scene.oauth.issuedTokens).toHaveLength(2);
  });

  it('leaves nothing open when the options of the Temporal client are bad', async () => {
    await using scene = await openScene();
    const client = scene.createClient({ client: { dataConverter: { payloadConverterPath: '/nowhere' } } });
    await expect(client.load()).rejects.toThrow('/nowhere');
    await scene.temporal.until(() => scene.temporal.openConnections === 0);
    expect(() => client.client).toThrow('await load() first');
  });

  it('succeeds at the second call when the Dapr component was not there at the first', async () => {
    await using scene = await openScene();
    const { clientId, clientSecret } = scene.oauth;
    await using sidecar = await FakeDaprSidecar.start();
    const env = { DAPR_HTTP_ENDPOINT: sidecar.url };
    const client = scene.createClient({ clientId: undefined, clientSecret: undefined, env });
    expect(await rejection(client.load())).toMatchObject({
      kind: 'configuration',
      code: 'SECRET_STORE_NO_COMPONENT',
    });
    const secret = {
      postgres_extraction_client_id: clientId,
      postgres_extraction_client_secret: clientSecret,
    };
    sidecar.components = [
      {
        name: 'deployment-secret-store',
        type: 'secretstores.hashicorp.vault',
        secrets: { 'atlan-deployment-secrets': secret },
      },
    ];
    await scene.clock.advance(20_000);
    await client.load();
    expect(scene.temporal.tokensOf('DescribeNamespace')).toEqual(scene.issuedFingerprints());
  });

  describe('with a signal', () => {
    const reason = new Error('the caller left');

    it('rejects a caller who has left already', async () => {
      await using scene = await openScene();
      await expect(scene.createClient().load({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
      expect(scene.oauth.requests).toEqual([]);
    });

    it('rejects with its reason while a token is awaited', async () => {
      await using scene = await openScene();
      scene.oauth.hold();
      const leaving = new AbortController();
      const asked = scene.oauth.nextRequest();
      const loading = scene.createClient().load({ signal: leaving.signal });
      await asked;
      leaving.abort(reason);
      await expect(loading).rejects.toBe(reason);
      await scene.clock.advance(2_000);
      expect(scene.log.text()).not.toContain('Waiting');
    });

    it('rejects with its reason while Temporal is awaited, and is given up when nobody else waits', async () => {
      await using scene = await openScene();
      scene.temporal.failWith('neverAnswers');
      const leaving = new AbortController();
      const asked = scene.temporal.nextCall('GetSystemInfo');
      const client = scene.createClient();
      const loading = client.load({ signal: leaving.signal });
      await asked;
      leaving.abort(reason);
      await expect(loading).rejects.toBe(reason);
      await scene.temporal.until(() => scene.temporal.openConnections === 0);
      scene.temporal.recover();
      await client.load();
    });

    it('goes on for the others when one leaves', async () => {
      await using scene = await openScene();
      const release = scene.oauth.hold();
      const leaving = new AbortController();
      const asked = scene.oauth.nextRequest();
      const client = scene.createClient();
      const left = client.load({ signal: leaving.signal });
      const stayed = client.load();
      await asked;
      leaving.abort(reason);
      await expect(left).rejects.toBe(reason);
      release();
      await stayed;
      expect(scene.temporal.tokensOf('GetSystemInfo')).toHaveLength(1);
    });
  });
});

describe('the decision about TLS', () => {
  it.each([
    ['an option', { tls: true as const }],
    ['the secret', { credentials: 'tls' }],
  ])('is made by %s', async (_by, choice) => {
    await using scene = await openScene();
    const { clientId, clientSecret, tokenUrl } = scene.oauth;
    const source = {
      get: () => Promise.resolve({ clientId, clientSecret, tokenUrl, source: 'test', tlsEnabled: true }),
      invalidate: () => undefined,
    };
    const others = { authUrl: undefined, clientId: undefined, clientSecret: undefined };
    const bySecret = { ...others, credentials: source };
    const client = scene.createClient('tls' in choice ? choice : bySecret);
    // The server speaks no TLS.
    expect(await rejection(client.load())).toMatchObject({ code: 'TEMPORAL_AUTH_TLS_FAILED' });
    expect(scene.temporal.calls).toEqual([]);
  });
});
