import { testCertificates } from '@worker-auth/testing-fakes';
import { beforeAll, describe, expect, it } from 'vitest';
import type { TemporalTls } from '@worker-auth/calls/connections/temporal-tls';
import { Engine } from '../../src/engine.ts';
import { readCommonSettings } from '@worker-auth/calls/settings/auth-settings';
import { ForeignTokens } from '@worker-auth/calls/tokens/temporal-tokens';
import { FakeTokens } from '../support/fake-connection.ts';
import { openDeafPort } from '@worker-auth/calls/tests/deaf-port';
import { quietRuntime } from '../support/quiet-runtime.ts';
import { startRawServer } from '../support/raw-server.ts';
import { openScene, passUntil, rejection, type Scene, settled } from '../support/scene.ts';

beforeAll(quietRuntime);

/** Where a client goes, in place of where the scene has its server. */
interface Place {
  readonly port: number;
  readonly tls: TemporalTls;
}

/** As the client connection goes; what may come is waited for, by a clock that stands. */
function loadFails(scene: Scene, place: Place, bootTimeoutMs?: number): Promise<unknown> {
  return rejection(scene.createClient({ ...place, bootTimeoutMs }).load());
}

/** As the connection of workers goes, which otherwise comes only after a client connection to the same server. */
function nativeFails({ clock }: Scene, place: Place): Promise<unknown> {
  const options = { ...place, host: '127.0.0.1', env: {}, clock };
  const common = readCommonSettings(options);
  const engine = new Engine(options, { tokens: new ForeignTokens(new FakeTokens()), common });
  return rejection(engine.connector.openNative(new AbortController().signal, 'default'));
}

const ways = [
  ['load()', loadFails],
  ['the connection of workers', nativeFails],
] as const;

const trusted = { serverRootCACertificate: Buffer.from(testCertificates().ca) };

describe.each(ways)('%s', (_way, fails) => {
  it.each([
    ['TLS against plaintext', false, true, /TLS is on here, and what listens there speaks plaintext/],
    ['plaintext against TLS', true, false, /it speaks TLS, and TLS is off here\. Set tls: true/],
    ['an unknown authority', true, true, /authority that is not trusted here, .* serverRootCACertificate/],
    [
      'another name',
      true,
      { ...trusted, serverNameOverride: 'temporal.example' },
      /certificate is for another name .*temporal\.example.* serverNameOverride/,
    ],
  ] as const)(
    'ends at once with a ConfigurationError for %s',
    async (_trouble, isServerTls, tls, message) => {
      await using scene = await openScene({ tls: isServerTls });
      const { port } = scene.temporal;
      const error = (await fails(scene, { port, tls })) as Error;
      expect(error).toMatchObject({
        ...{ name: 'ConfigurationError', kind: 'configuration' },
        ...{ code: 'TEMPORAL_AUTH_TLS_FAILED', retryable: false },
      });
      expect(error.cause).toBeUndefined();
      expect(error.message).toMatch(message);
      expect(error.message).toContain(`Cannot reach Temporal at 127.0.0.1:${port} for namespace "default"`);
      await scene.temporal.until(() => scene.temporal.openConnections === 0);
    },
  );

  it.each([
    ['closes', /it closed the connection without an answer .* whether tls is set as the server has it/],
    ['http1', /what listens there speaks no gRPC/],
  ] as const)('sees use in a repetition when a server that speaks no TLS %s', async (manner, message) => {
    await using scene = await openScene();
    await using server = await startRawServer(manner);
    const said: string[] = [];
    // Of what speaks no HTTP/2, Core says now and then no more than that it closed the connection.
    while (said.length < 10 && !message.test(said.at(-1) ?? '')) {
      const error = await fails(scene, { port: server.port, tls: false }, 0);
      const expected = { kind: 'connectivity', code: 'TEMPORAL_AUTH_TEMPORAL_UNAVAILABLE', retryable: true };
      expect(error).toMatchObject(expected);
      said.push((error as Error).message);
    }
    expect(said.at(-1)).toMatch(message);
  });

  it('says that nobody listens', async () => {
    await using scene = await openScene();
    const { port } = scene.temporal;
    await scene.temporal.stop();
    expect(await fails(scene, { port, tls: false }, 0)).toMatchObject({
      ...{ kind: 'connectivity', code: 'TEMPORAL_AUTH_TEMPORAL_UNAVAILABLE', retryable: true },
      message: expect.stringMatching(
        /127\.0\.0\.1:\d+ for namespace "default": nothing listens there, or .*(?:ECONNREFUSED|ConnectionRefused)/,
      ) as string,
    });
  });

  it('says that no connection came about in time', async () => {
    await using scene = await openScene();
    await using deaf = await openDeafPort();
    const error = await settled(scene, fails(scene, { port: deaf.port, tls: false }, 0));
    expect(error).toMatchObject({
      ...{ kind: 'connectivity', code: 'TEMPORAL_AUTH_TEMPORAL_UNAVAILABLE', retryable: true },
      message: expect.stringMatching(
        /did not answer within 30000 ms .* for namespace "default"\. .* no firewall drops/,
      ) as string,
    });
  });

  it.each(['html401', 'http401'] as const)('says that it was an ingress that rejected: %s', async (fault) => {
    await using scene = await openScene();
    scene.temporal.failWith(fault);
    expect(await fails(scene, { port: scene.temporal.port, tls: false })).toMatchObject({
      ...{ kind: 'authentication', code: 'TEMPORAL_AUTH_CALL_REJECTED', retryable: false },
      message: expect.stringMatching(/401.*"default:write".*something before Temporal, an ingress/) as string,
    });
  });
});

describe('load() of a server that is starting', () => {
  it('goes on trying while nothing listens, and connects when it is there', async () => {
    await using scene = await openScene();
    const { port } = scene.temporal;
    await scene.temporal.stop();
    const loading = scene.createClient({ port }).load();
    await passUntil(scene, () => scene.log.matching('nothing listens there').length > 0);
    await scene.temporal.restart();
    await settled(scene, loading);
    expect(scene.temporal.tokensOf('DescribeNamespace')).toHaveLength(1);
  });
});
