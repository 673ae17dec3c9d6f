import { FakeClock, MockOAuthServer, RecordingLogger } from '@worker-auth/testing-fakes';
import type { TokenSource } from '@worker-auth/token-manager';
import { ProjectedVolume } from '@worker-auth/workspace/projected-volume';
import { readFile, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AnyAuthOptions } from '@worker-auth/calls/settings/auth-options';
import type { AtlanAuthClientOptions } from '../../src/settings/client-options.ts';
import { tokenFile } from '@worker-auth/calls/settings/token-file';
import { AtlanAuthClient } from '../../src/facade/atlan-auth-client.ts';
import { temporalAuth } from '../../src/plugin.ts';
import { rejection } from '../support/scene.ts';

const subject = 'system:serviceaccount:default:orders';
const key = 'postgres_extraction';

let cluster: MockOAuthServer;
let clock: FakeClock;
let log: RecordingLogger;
let volume: ProjectedVolume;
let clients: AtlanAuthClient[];

beforeEach(async () => {
  clock = new FakeClock();
  cluster = await MockOAuthServer.start({ clock, subject, signingAlg: 'ES256' });
  volume = await ProjectedVolume.create(cluster.mintToken());
  log = new RecordingLogger();
  clients = [];
});
afterEach(async () => {
  for (const client of clients) await client.stop();
  await volume[Symbol.asyncDispose]();
  await cluster.stop();
});

const common = { applicationName: 'postgres-extraction', env: {} };

/** Of a program whose environment names the file. */
const named = (path: string) => ({ env: { WORKER_AUTH_TOKEN_FILE: path } });

function createClient(options: AnyAuthOptions): AtlanAuthClient {
  const client = new AtlanAuthClient({
    ...common,
    logger: log,
    ...{ clock, random: () => 1 },
    ...options,
  } as AtlanAuthClientOptions);
  clients.push(client);
  return client;
}

describe('a token file', () => {
  it('gives the token, whatever the environment says of an OAuth server', async () => {
    const token = cluster.mintToken();
    await volume.write(`${token}\n`);
    const env = { ATLAN_WORKFLOW_AUTH_URL: 'not a URL', WORKER_AUTH_TOKEN_FILE: volume.path };
    const client = createClient({ env });
    expect(await client.getAccessToken()).toBe(token);
    expect(client.health().credentialsSource).toBe(`file ${volume.path}`);
    expect(client.health()).toMatchObject({ state: 'valid', expiresInMs: 3_600_000, refreshInMs: 60_000 });
    expect(log.text()).toBe(`INFO Access token read from ${volume.path}`);
    expect(cluster.requests).toEqual([]);
  });

  it('is read again in the background, and told of once for each token', async () => {
    const client = createClient(named(volume.path));
    const given: string[] = [];
    client.subscribe((token) => given.push(token));
    await client.start();
    const first = await client.getToken();
    await clock.advance(600_000);
    const second = cluster.mintToken();
    await volume.write(second);
    await clock.advance(60_000);
    expect(given).toEqual([first, second]);
    expect(log.entries.filter(({ meta }) => meta?.['code'] === undefined)).toHaveLength(1);
  });

  it('that cannot be read for a while and has the same token then is well again', async () => {
    const client = createClient(named(volume.path));
    const token = await client.getToken();
    await volume.write('');
    await rejection(client.getToken({ forceRefresh: true }));
    await clock.advance(2_000);
    expect(client.health().conditions).toMatchObject([{ code: 'TOKEN_NOT_REFRESHED' }]);
    await volume.write(token);
    await clock.advance(5_000);
    expect(await client.getToken({ forceRefresh: true })).toBe(token);
    expect(client.health().conditions).toEqual([]);
  });

  describe('that still holds the rejected token', () => {
    it('is read again for a moment: whoever got another one is writing it', async () => {
      const client = createClient(named(volume.path));
      const first = await client.getToken();
      const given = client.getToken({ rejectedToken: first });
      await expect.poll(() => clock.nextTimerInMs).toBe(25);
      const second = cluster.mintToken();
      await volume.write(second);
      await clock.advance(25);
      expect(await given).toBe(second);
    });

    it('is an error after 1.6 s, and for a caller who comes soon after', async () => {
      const client = createClient(named(volume.path));
      const rejectedToken = await client.getToken();
      for (let caller = 0; caller < 2; caller++) {
        const error = rejection(client.getToken({ rejectedToken }));
        for (const delayMs of [25, 50, 100, 200, 400, 800]) {
          await expect.poll(() => clock.nextTimerInMs).toBe(delayMs);
          await clock.advance(delayMs);
        }
        expect(await error).toMatchObject({ code: 'TOKEN_UNCHANGED' });
      }
    });
  });

  it.each<[string, string, boolean, () => string]>([
    ['ConfigurationError', 'TOKEN_FILE_UNREADABLE', false, () => `${volume.path}-of-nobody`],
    ['ConnectivityError', 'TOKEN_FILE_NOT_READY', true, () => volume.path],
  ])('that cannot be used is a %s, %s', async (name, code, retryable, path) => {
    await writeFile(volume.path, '');
    const error = await rejection(createClient(named(path())).getAccessToken());
    expect(error).toMatchObject({ name, code, retryable });
    expect(String(error)).toContain(`The token file ${path()}`);
  });

  it.each(['WORKER_AUTH_CLIENT_ID', 'WORKER_AUTH_PRIVATE_KEY_FILE', 'ATLAN_AUTH_CLIENT_SECRET'])(
    'beside %s is rejected with both names',
    (name) => {
      const create = (): unknown => createClient({ env: { ...named('/token').env, [name]: 'canary' } });
      expect(create).toThrow(
        `WORKER_AUTH_TOKEN_FILE and ${name} contradict each other. Leave one of them out`,
      );
      expect(create).not.toThrow('canary');
    },
  );

  it('is a source of tokens: of a plugin, which refreshes them, and for itself', async () => {
    await volume.write('opaque-token');
    const source = tokenFile(volume.path);
    await using auth = temporalAuth({ tokens: source, clock, env: {}, logger: log });
    await auth.ready();
    expect(auth.health().auth).toMatchObject({ state: 'valid', refreshInMs: expect.any(Number) as number });
    expect(await source.getToken()).toBe(await readFile(volume.path, 'utf8'));
  });
});

it('a token of a source around a token file has its end in health', async () => {
  const file = tokenFile(volume.path);
  const around: TokenSource = {
    getToken: (options) => file.getToken(options),
    peek: () => file.peek(),
    subscribe: (listener) => file.subscribe(listener),
  };
  const exp = Date.UTC(2100, 0) / 1_000;
  await volume.write(cluster.mintToken({ claims: { exp } }));
  await using auth = temporalAuth({ tokens: around, clock, env: {}, logger: log });
  await auth.ready();
  const expiresInMs = exp * 1_000 - clock.wallNow();
  expect(auth.health().auth).toMatchObject({ state: 'valid', expiresInMs });
});

describe('an assertion file', () => {
  it.each([
    ['the environment', {}],
    ['an Azure workload identity', undefined],
  ])('that is discovered in %s authenticates the client', async (_where, ofApplication) => {
    await using oauth = await MockOAuthServer.start({
      clock,
      signingAlg: 'ES256',
      trustedIssuers: [{ issuer: cluster.issuer, jwks: cluster.jwksUrl, subjects: { [subject]: 'worker' } }],
    });
    const assertion = cluster.mintToken({ claims: { aud: oauth.issuer } });
    await volume.write(assertion);
    const env: Record<string, string> =
      ofApplication === undefined
        ? {
            AZURE_CLIENT_ID: 'worker',
            AZURE_TENANT_ID: 'contoso.example',
            AZURE_FEDERATED_TOKEN_FILE: volume.path,
          }
        : { [`ATLAN_${key}_client_id`]: 'worker', [`ATLAN_${key}_client_assertion_file`]: volume.path };
    const client = createClient({ authUrl: oauth.tokenUrl, authEnabled: true, env });
    expect(await client.getAccessToken()).toBe(oauth.issuedTokens[0]);
    const form = new Map(oauth.tokenRequests[0]?.form);
    expect(form.get('client_assertion')).toBe(assertion);
    expect(form.has('client_secret')).toBe(false);
    expect(client.health().credentialsSource).toContain(
      ofApplication === undefined ? 'AZURE_FEDERATED_TOKEN_FILE' : `ATLAN_${key}_client_assertion_file`,
    );
  });
});
