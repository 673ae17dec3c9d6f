import { credentials } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { openClient } from '../../src/facade/open-client.ts';
import type { TemporalWorkflowClientOptions } from '../../src/configuration/client-options.ts';
import { AuthenticationError, ConfigurationError } from '../../src/errors/temporal-auth-error.ts';
import { grpcError } from '../support/fake-client-connection.ts';
import { keepCertificates } from '../support/kept-certificates.ts';
import { createOpening } from '../support/opening.ts';
import { rejection, settled } from '../support/scene.ts';

const unencrypted = 'The access token goes to Temporal unencrypted: set tls, unless the network sees to it';

describe('openClient', () => {
  it('makes a client of the connection, the namespace and the options', async () => {
    const { options, connection, lazy } = createOpening({
      ...{ tls: true, metadata: { 'X-Tenant': 'a' }, client: { identity: 'me' } },
      connection: { channelArgs: { 'grpc.keepalive_time_ms': 1 } },
    });
    const loaded = await openClient(options);
    expect(loaded.client.connection).toBe(connection);
    expect(loaded.client.options).toMatchObject({ namespace: 'ours', identity: 'me' });
    expect(lazy.mock.calls[0]?.[0]).toMatchObject({
      ...{ address: 'temporal:7233', metadata: { 'x-tenant': 'a' } },
      channelArgs: { 'grpc.keepalive_time_ms': 1 },
    });
    await loaded.close();
  });

  it('leaves nothing open when the options of the client are bad', async () => {
    const client = { dataConverter: { payloadConverterPath: '/nowhere' } };
    const { options, calls } = createOpening({ tls: true, client });
    expect(String(await rejection(openClient(options)))).toContain('/nowhere');
    expect(calls.at(-1)).toBe('closed');
  });

  it('leaves nothing open when nobody waits for it any more', async () => {
    const { options, answers, leaving, calls } = createOpening({ tls: true });
    const gone = new Error('gone');
    answers.describeNamespace = Promise.resolve({}).finally(() => {
      leaving.abort(gone);
    });
    expect(await rejection(openClient(options))).toBe(gone);
    expect(calls.at(-1)).toBe('closed');
  });

  it('tells a token that Temporal refuses from one that has no permission for the namespace', async () => {
    for (const [method, code] of [
      ['getSystemInfo', 'TEMPORAL_AUTH_CALL_REFUSED'],
      ['describeNamespace', 'TEMPORAL_AUTH_PERMISSION_MISSING'],
    ] as const) {
      const { options, answers } = createOpening({ tls: true });
      answers[method] = Promise.reject(grpcError(7, 'not with quiet-words'));
      const error = await rejection(openClient(options));
      expect(error).toBeInstanceOf(AuthenticationError);
      expect(error).toMatchObject({ code });
      expect(String(error)).not.toContain('quiet-words');
    }
  });

  it('tells of a refusal where there are no tokens too', async () => {
    const { options, answers } = createOpening({ tls: true });
    answers.getSystemInfo = Promise.reject(grpcError(7));
    const target = { ...options.target, authEnabled: false };
    const error = await rejection(openClient({ ...options, target, tokens: undefined }));
    expect(String(error)).toContain('No token was sent');
  });
});

describe('TLS to Temporal', () => {
  it.each([
    ['an option', true, undefined, true],
    ['an option before the secret', false, true, false],
    ['the secret', undefined, true, true],
    ['the secret', undefined, false, false],
    ['nobody', undefined, undefined, false],
  ])('is as %s says (%j, %j)', async (_who, tls, tlsEnabled, expected) => {
    const { options, lazy } = createOpening({ tls }, tlsEnabled);
    const loaded = await openClient(options);
    expect([lazy.mock.calls[0]?.[0]?.tls, loaded.isTls]).toEqual([expected, expected]);
    await loaded.close();
  });

  it('is off where nothing is said, and there are no tokens', async () => {
    const { options } = createOpening();
    const loaded = await openClient({ ...options, tokens: undefined });
    expect(loaded.isTls).toBe(false);
    await loaded.close();
  });

  it('presents the certificate that rotates, once it was read', async () => {
    await using kept = await keepCertificates();
    const newest = await kept.issue();
    const { options, lazy } = createOpening({ tls: kept.folder.files, token: { clock: kept.clock } }, false);
    const loaded = await openClient(options);
    expect([lazy.mock.calls[0]?.[0]?.tls, loaded.isTls]).toEqual([kept.certificates.tls(newest), true]);
    await loaded.close();
    await options.settings.certificates?.stop();
  });

  it('needs a certificate that can be read, where it rotates', async () => {
    const tls = { certFile: '/nowhere', keyFile: '/nowhere' };
    const scene = createOpening({ tls });
    const { options, calls } = scene;
    const error = await settled(scene, rejection(openClient(options)));
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(calls).toEqual([]);
  });
});

describe('a token that goes out unencrypted', () => {
  /** What the log says when a client is opened twice. */
  async function warnings(given: TemporalWorkflowClientOptions, authEnabled = true): Promise<unknown[]> {
    const { options, log } = createOpening(given);
    const target = { ...options.target, authEnabled };
    for (let time = 0; time < 2; time++) await (await openClient({ ...options, target })).close();
    return log.entries.map(({ level, message, meta }) => [level, message, meta]);
  }

  it('is warned of once, with the address', async () => {
    expect(await warnings({})).toEqual([['WARN', unencrypted, { address: 'temporal:7233' }]]);
  });

  it('is none over TLS, with credentials for the channel, on this host, or without authentication', async () => {
    expect(await warnings({ tls: true })).toEqual([]);
    expect(await warnings({ connection: { credentials: credentials.createInsecure() } })).toEqual([]);
    expect(await warnings({ host: '127.0.0.1' })).toEqual([]);
    expect(await warnings({}, false)).toEqual([]);
  });
});
