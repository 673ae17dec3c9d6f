import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ConnectProxy,
  FakeClock,
  SigningKey,
  TestCertificateFolder,
  testCertificates,
} from '@worker-auth/testing-fakes';
import { assertion } from '@worker-auth/calls/settings/credentials';
import { describe, expect, it } from 'vitest';
import { diagnose } from '../../src/doctor/diagnose.ts';
import {
  checkOf,
  diagnosed,
  diagnosedLate,
  namesOf,
  openDiagnosisScene,
  openLenientScene,
} from '../support/diagnosis.ts';

const dayMs = 86_400_000;
const trusted = { serverRootCACertificate: Buffer.from(testCertificates().ca) };

/** The clocks of a host and of a server. Both stand still, so that they stay as far apart on a busy machine. */
function clocksApart(serverAheadMs: number): readonly [FakeClock, FakeClock] {
  const wallMs = Date.now();
  return [new FakeClock({ wallMs }), new FakeClock({ wallMs: wallMs + serverAheadMs })];
}

describe('a diagnosis', () => {
  it('asks no sidecar while the environment has the credentials', async () => {
    await using scene = await openDiagnosisScene();
    const { clientId, clientSecret } = scene.stack.oauth;
    const env = {
      ATLAN_postgres_extraction_client_id: clientId,
      ATLAN_postgres_extraction_client_secret: clientSecret,
    };
    const diagnosis = await diagnosed(scene, { env });
    expect(diagnosis.success).toBe(true);
    expect(checkOf(diagnosis, 'credentials').description).toContain(
      'from environment variables ATLAN_postgres',
    );
    expect(checkOf(diagnosis, 'secret')).toMatchObject({ result: 'skipped' });
    expect(scene.stack.dapr.requests).toEqual([]);
  });

  it.each([null, {}, { clientId: 'a', clientSecret: 7 }])(
    'says that a source gives no credentials: %j',
    async (given) => {
      await using scene = await openDiagnosisScene();
      const credentials = { get: () => Promise.resolve(given as never), invalidate: () => undefined };
      const diagnosis = await diagnosed(scene, { credentials });
      expect(diagnosis.causes).toEqual(['credentials']);
      expect(checkOf(diagnosis, 'credentials')).toMatchObject({
        ...{
          code: 'TOKEN_CREDENTIALS_INVALID',
          error: expect.stringContaining('gave no text for clientId') as string,
        },
      });
    },
  );

  it('goes on where later steps say something: three causes at once', async () => {
    await using scene = await openDiagnosisScene();
    // A port that was in use may be given to another test: nobody gets this one.
    const closed = {
      DAPR_HTTP_ENDPOINT: 'http://127.0.0.1:9',
      ATLAN_WORKFLOW_AUTH_URL: 'http://127.0.0.1:9/token',
      ATLAN_WORKFLOW_PORT: '9',
    };
    const diagnosis = await diagnosedLate(scene, { env: closed });
    expect(diagnosis.causes).toEqual(['secret', 'endpoint-connection', 'temporal-connection']);
    expect(checkOf(diagnosis, 'token-request')).toMatchObject({
      result: 'skipped',
      consequenceOf: 'secret',
    });
  });

  it('asks a Temporal that lets nobody in without a token, and blames the token', async () => {
    await using scene = await openDiagnosisScene();
    scene.stack.frontend?.failWith('unauthenticated');
    scene.stack.oauth.rotateClientSecret();
    const diagnosis = await diagnosed(scene);
    expect(diagnosis.causes).toEqual(['token-request']);
    expect(checkOf(diagnosis, 'temporal-namespace')).toMatchObject({
      ...{ result: 'error', consequenceOf: 'token-request' },
    });
  });

  it('asks for two tokens, and is a beginning that changes nothing at Temporal', async () => {
    await using scene = await openDiagnosisScene();
    await diagnosed(scene);
    expect(scene.stack.oauth.issuedTokens).toHaveLength(2);
    // The poll without a token.
    const rejected = scene.stack.frontend?.calls.filter(({ verdict }) => verdict === 'rejected') ?? [];
    expect(rejected.map(({ method }) => method)).toEqual(['PollWorkflowTaskQueue']);
  });

  it.each([
    ['note', 'it accepts the same call without one', openLenientScene],
    ['success', 'Temporal accepts no call without a token', openDiagnosisScene],
  ] as const)('says whether Temporal checks the token, and passes: %s', async (result, said, open) => {
    await using scene = await open();
    const diagnosis = await diagnosed(scene);
    expect(checkOf(diagnosis, 'temporal-authentication')).toMatchObject({
      ...{ result, description: expect.stringContaining(said) as string },
    });
    expect(diagnosis).toMatchObject({ success: true, causes: [] });
  });

  it('believes a Temporal that lets the token work, whatever its claims say; without one it warns', async () => {
    await using scene = await openLenientScene({ oauth: { permissions: ['worker'] } });
    const diagnosis = await diagnosed(scene);
    expect(namesOf(diagnosis, 'warning')).toEqual([]);
    expect(checkOf(diagnosis, 'token-permission').description).toBe(
      'the token holds ["worker"], and Temporal lets it work',
    );
    const alone = await diagnosed(scene, { env: { ATLAN_WORKFLOW_HOST: 'nowhere.invalid' }, tls: true });
    expect(checkOf(alone, 'token-permission')).toMatchObject({
      ...{ result: 'warning', code: 'DOCTOR_PERMISSION_MISSING' },
    });
  });

  it('looks at a token that comes from a file, and asks nobody for one', async () => {
    await using scene = await openDiagnosisScene();
    await using started = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), 'worker-auth-'));
    started.defer(() => rm(folder, { recursive: true }));
    const tokenFile = join(folder, 'token');
    await writeFile(tokenFile, scene.stack.oauth.mintToken());
    const clock = new FakeClock({ wallMs: Date.now() });
    const diagnosis = await diagnosed(scene, { tokenFile, clock });
    expect(diagnosis).toMatchObject({ success: true, causes: [] });
    // The file is not watched afterwards.
    expect(clock.pendingTimers).toBe(0);
    expect(checkOf(diagnosis, 'token-request').description).toBe(`got an access token from ${tokenFile}`);
    expect(checkOf(diagnosis, 'temporal-write').result).toBe('success');
    // Temporal itself asks for the keys.
    expect(scene.stack.oauth.requests.filter(({ method }) => method === 'POST')).toEqual([]);
    expect(scene.stack.dapr.requests).toEqual([]);
    const missing = await diagnosed(scene, { tokenFile: join(folder, 'other') });
    expect(missing.causes).toEqual(['token-request']);
    expect(checkOf(missing, 'token-request').code).toBe('TOKEN_FILE_UNREADABLE');
  });

  it('names what the native connection of workers alone fails with', async () => {
    await using scene = await openDiagnosisScene();
    const fine = await diagnosed(scene, { native: true });
    expect(checkOf(fine, 'temporal-native').description).toContain('reaches Temporal, and may poll');
    // The first greeting of the next diagnosis is that of the client.
    let greetings = 0;
    scene.stack.frontend?.failWith(({ method }) =>
      method === 'GetSystemInfo' && greetings++ === 1 ? 'permissionDenied' : undefined,
    );
    const rejected = await diagnosed(scene, { native: true });
    expect(checkOf(rejected, 'temporal-native')).toMatchObject({
      ...{ result: 'error', code: 'TEMPORAL_AUTH_CALL_REJECTED' },
    });
  });

  it('shows the client certificate of its files, and names what is wrong with them', async () => {
    await using folder = await TestCertificateFolder.create();
    await folder.issue({ subjectDn: 'CN=worker' });
    await using scene = await openDiagnosisScene({ frontend: { tls: true, requireClientCertificate: true } });
    const clock = new FakeClock({ wallMs: Date.now() });
    const diagnosis = await diagnosed(scene, { tls: folder.files, clock });
    expect(diagnosis).toMatchObject({ success: true, causes: [] });
    // Neither token nor certificate is renewed afterwards.
    expect(clock.pendingTimers).toBe(0);
    const { caFile, certFile, keyFile } = folder.files;
    const without = await diagnosedLate(scene, { tls: { certFile, keyFile: `${keyFile}.old`, caFile } });
    expect(without.causes).toEqual(['temporal-connection']);
    expect(checkOf(without, 'temporal-connection').code).toBe('REFRESH_SCHEDULER_CERTIFICATE_UNREADABLE');
  });

  it('rejects with the reason of its signal, and for a timeout out of range', async () => {
    await using scene = await openDiagnosisScene();
    const reason = new Error('over');
    await expect(diagnose({ env: scene.env, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await expect(diagnose({ env: scene.env, timeoutMs: 0 })).rejects.toThrow(RangeError);
  });

  it('blames the file of authorities that cannot be read for what is not trusted without it', async () => {
    await using scene = await openDiagnosisScene({ frontend: { tls: true } });
    const diagnosis = await diagnosed(scene, { tls: true, env: { NODE_EXTRA_CA_CERTS: '/nowhere/ca.pem' } });
    expect(diagnosis.causes).toEqual(['trusted-certificates']);
    expect(checkOf(diagnosis, 'temporal-connection')).toMatchObject({
      ...{ code: 'DOCTOR_CERTIFICATE_UNTRUSTED', consequenceOf: 'trusted-certificates' },
    });
  });

  it('makes the other checks without a ca that is none', async () => {
    await using scene = await openDiagnosisScene();
    const diagnosis = await diagnosed(scene, { ca: 'no PEM' });
    expect(diagnosis.causes).toEqual(['trusted-certificates']);
    expect(namesOf(diagnosis, 'error')).toEqual(['trusted-certificates']);
    expect(checkOf(diagnosis, 'temporal-write').result).toBe('success');
  });

  it.each([
    ['credentials', { credentials: { get: 'none' } as never }],
    ['tls', { tls: { certFile: '/a', clientCertPair: { crt: Buffer.of(), key: Buffer.of() } } as never }],
    ['metadata', { metadata: { authorization: 'x' } }],
    ['proxy', { proxy: 'socks5://127.0.0.1:1' }],
    ['env', { env: { ATLAN_WORKFLOW_PORT: 7 as never } }],
    ['profile', { profile: 'none' }],
  ])('never rejects for options that make no sense: %s', async (_name, options) => {
    await using scene = await openDiagnosisScene();
    const diagnosis = await diagnosed(scene, options);
    expect(diagnosis.success).toBe(false);
  });
});

describe('a diagnosis warns', () => {
  it('of authentication that nobody switched off, and not when somebody did', async () => {
    await using scene = await openLenientScene();
    const nothing = Object.keys(scene.env).filter((name) =>
      /^ATLAN_(?:WORKFLOW_AUTH|DEPLOYMENT)_/.test(name),
    );
    const unset = await diagnosed(scene, { env: Object.fromEntries(nothing.map((name) => [name, ''])) });
    expect(unset.success).toBe(true);
    expect(namesOf(unset, 'warning')).toEqual(['authentication']);
    expect(checkOf(unset, 'authentication').code).toBe('TEMPORAL_AUTH_SWITCHED_OFF');
    const off = await diagnosed(scene, { env: { ATLAN_WORKFLOW_AUTH_ENABLED: 'false' } });
    expect(namesOf(off, 'warning')).toEqual([]);
    expect(checkOf(off, 'token-request')).toMatchObject({ result: 'skipped' });
  });

  it.each([
    [6_000, 'behind'],
    [-6_000, 'ahead of'],
  ])('of a clock that is off by %d ms', async (offMs, word) => {
    const [host, server] = clocksApart(offMs);
    await using scene = await openLenientScene({ clock: server });
    const diagnosis = await diagnosed(scene, { clock: host });
    expect(checkOf(diagnosis, 'token-clock')).toMatchObject({ result: 'warning', code: 'DOCTOR_CLOCK_OFF' });
    expect(checkOf(diagnosis, 'token-clock').error).toContain(word);
  });

  it.each([
    [600_000, '600 s behind'],
    [-600_000, '600 s ahead of'],
  ])('first of a clock that is off by %d ms, where that makes an assertion no good', async (offMs, words) => {
    const [host, server] = clocksApart(offMs);
    const key = new SigningKey('ES256');
    const clients = [{ clientId: 'worker', jwks: { keys: [key.publicJwk] } }];
    await using scene = await openLenientScene({ clock: server, oauth: { clients } });
    const seconds = Math.floor(host.wallNow() / 1_000);
    const times = { iat: seconds, exp: seconds + 60 };
    const clientAssertion = (): string =>
      key.signJwt({ iss: 'worker', sub: 'worker', aud: scene.stack.oauth.issuer, ...times });
    const credentials = assertion(clientAssertion, { id: 'worker' });
    const diagnosis = await diagnosed(scene, { clock: host, credentials });
    expect(diagnosis.causes).toEqual(['token-clock']);
    expect(checkOf(diagnosis, 'token-clock').error).toMatch(
      new RegExp(
        `^This host's clock is ${words} the authorization server's\\. Check that NTP runs on both\\.$`,
      ),
    );
    expect(checkOf(diagnosis, 'token-request').consequenceOf).toBe('token-clock');
  });

  it.each([
    [600, '600 s behind'],
    [-600, '600 s ahead of'],
    [0, undefined],
  ])('of a clock by the token, where the server does not tell its own: %d s', async (offSeconds, words) => {
    await using scene = await openLenientScene();
    const clock = new FakeClock();
    const made = clock.wallNow() + offSeconds * 1_000;
    const jwt = new SigningKey('ES256').signJwt({ iat: made / 1_000, exp: made / 1_000 + 300 });
    const body = JSON.stringify({ access_token: jwt, token_type: 'Bearer', expires_in: 300 });
    const answer = (): Promise<Response> => Promise.resolve(new Response(body, { status: 200 }));
    const diagnosis = await diagnosed(scene, { clock, fetch: answer });
    expect(checkOf(diagnosis, 'token-clock').error ?? '').toContain(words ?? '');
    expect(checkOf(diagnosis, 'token-clock').result).toBe(words === undefined ? 'success' : 'warning');
  });

  it.each([4_000, -4_000])('of no clock that is off by %d ms', async (offMs) => {
    const [host, server] = clocksApart(offMs);
    await using scene = await openLenientScene({ clock: server });
    const diagnosis = await diagnosed(scene, { clock: host });
    expect(checkOf(diagnosis, 'token-clock').result).toBe('success');
  });

  it('of a token that is no JWT', async () => {
    await using scene = await openLenientScene();
    const body = JSON.stringify({
      access_token: 'opaque-0123456789',
      token_type: 'Bearer',
      expires_in: 3_600,
    });
    scene.stack.oauth.failWith({ body });
    const diagnosis = await diagnosed(scene);
    expect(namesOf(diagnosis, 'warning')).toEqual(['token-type']);
    expect(checkOf(diagnosis, 'token-type').code).toBe('DOCTOR_TOKEN_UNVERIFIABLE');
  });

  it.each([
    [59, ['token-life']],
    [65, []],
  ])('of a token that lives for %d s: %j', async (lifetimeSeconds, warnings) => {
    await using scene = await openDiagnosisScene({ oauth: { lifetimeSeconds } });
    expect(namesOf(await diagnosed(scene), 'warning')).toEqual(warnings);
  });

  it.each([
    [350, 'success', undefined],
    [352, 'warning', 'DOCTOR_CERTIFICATE_EXPIRING'],
    [366, 'error', 'DOCTOR_CERTIFICATE_EXPIRED'],
  ] as const)('of a certificate of a year after %d days: %s', async (days, result, code) => {
    await using scene = await openLenientScene({ tls: true });
    const clock = new FakeClock({ wallMs: Date.now() + days * dayMs });
    const diagnosis = await diagnosed(scene, { tls: trusted, clock });
    expect(checkOf(diagnosis, 'temporal-connection').result).toBe(result);
    expect(checkOf(diagnosis, 'temporal-connection').code).toBe(code);
  });

  it('of a token that goes to another host in plaintext', async () => {
    await using scene = await openDiagnosisScene();
    const port = scene.stack.frontend?.port ?? 0;
    await using proxy = await ConnectProxy.start({ routes: { [`temporal.invalid:${port}`]: port } });
    const diagnosis = await diagnosed(scene, {
      env: { ATLAN_WORKFLOW_HOST: 'temporal.invalid', HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` },
    });
    expect(checkOf(diagnosis, 'temporal-connection')).toMatchObject({
      ...{ result: 'warning', code: 'DOCTOR_TOKEN_IN_PLAINTEXT' },
    });
  });
});

it.each([
  [null, 'The options of diagnose must be an object'],
  [{ agent: Symbol('wrong') }, 'agent must be a text'],
  [{ signal: {} }, 'signal must have the method throwIfAborted'],
  [{ clock: {} }, 'clock must have the method monotonicNow'],
])('says which option is wrong: %s', async (options, message) => {
  await expect(diagnose(options as never)).rejects.toThrow(message);
});
