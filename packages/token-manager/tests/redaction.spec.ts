import { type HttpFault, oauthFaults, type OAuthFaultName } from '@worker-auth/testing-fakes';
import { everyChangeShown } from '@worker-auth/workspace/every-change-shown';
import { everyWayShown } from '@worker-auth/workspace/every-way-shown';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { TokenRequestError } from '../src/errors.ts';
import { fileAssertion } from '../src/credentials/file-assertion.ts';
import { fileTokenSource } from '../src/tokens/file-token-source.ts';
import type { TokenManagerOptions } from '../src/options.ts';
import { tokenSink } from '../src/files/token-sink.ts';
import { privateKeyJwt } from '../src/private-key-jwt.ts';
import { assertionContext as context, openScene, rejectionOf } from './support.ts';

const clientSecret = 'canary+secret/with %20 "odd" signs=';
const assertion = 'eyJhbGciOiJub25lIn0.eyJjYW5hcnkiOiJhc3NlcnRpb24ifQ.Y2FuYXJ5';
const folder = mkdtempSync(join(tmpdir(), 'assertion-'));
const assertionFile = join(folder, 'token');
writeFileSync(assertionFile, assertion);
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const faultNames = Object.keys(oauthFaults) as OAuthFaultName[];

const clients: readonly (readonly [string, Partial<TokenManagerOptions>])[] = [
  ['post', { credentials: { clientId: 'worker', clientSecret } }],
  ['basic', { credentials: { clientId: 'worker', clientSecret }, clientAuth: 'client_secret_basic' }],
  ['assertion', { credentials: { clientId: 'worker' }, clientAssertion: () => assertion }],
  ['assertion file', { credentials: { clientId: 'worker', clientAssertionFile: assertionFile } }],
];

/** Everything that a log, an inspector or a serialiser can reach from `values`. */
function everythingShown(...values: readonly unknown[]): string {
  const texts = values.flatMap((value) => [
    everyWayShown(value),
    ...(value instanceof Error ? [value.message, value.stack, String(value), inspect(value.cause)] : []),
  ]);
  return texts.join('\n');
}

function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret, 'utf8');
  return [
    secret,
    encodeURIComponent(secret),
    new URLSearchParams({ v: secret }).toString().slice(2),
    JSON.stringify(secret).slice(1, -1),
    bytes.toString('base64'),
    bytes.toString('base64url'),
  ];
}

function expectNoSecret(shown: string, secrets: readonly string[]): void {
  for (const form of secrets.flatMap(formsOf)) expect(shown).not.toContain(form);
}

describe.each(clients)('with client authentication by %s, nothing secret is shown', (_method, options) => {
  it.each(faultNames)('after %s', async (name) => {
    const { server, clock, tokens } = await openScene(options, {
      clientSecret,
      acceptAssertion: () => true,
    });
    const events: unknown[] = [];
    tokens.on('refreshFailed', (event) => events.push(event));
    tokens.on('credentialsRejected', (event) => events.push(event));
    tokens.on('tokenRefreshed', (event) => events.push(event));
    server.failWith(name);
    const arrived = server.nextRequest();
    const outcome = tokens.getToken().catch((error: unknown) => error);
    await arrived;
    if (oauthFaults[name] === oauthFaults.neverAnswers || 'connection' in oauthFaults[name]) {
      await clock.advance(10_000);
    }
    const error = await outcome;
    const fresh = server.mintToken();
    const shown = everythingShown(...(error instanceof Error ? [error] : []), tokens, ...events);
    expectNoSecret(shown, [clientSecret, assertion, `worker:${clientSecret}`]);
    // All tokens of a server begin alike: the header of the JWT.
    expect(shown).not.toContain(fresh.slice(0, 20));
  });
});

describe('a server that echoes', () => {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');

  const echoes: Record<string, (body: string) => string> = {
    'the form': (body) => body,
    'the decoded secret': () => clientSecret,
    'id and secret in base64': () => base64(`worker:${clientSecret}`),
    'a JWT': () => assertion,
    'a header': () => `Authorization: Bearer ${'x'.repeat(40)}canary`,
  };

  describe.each(clients)('with client authentication by %s', (method, options) => {
    it.each(Object.keys(echoes))('%s in error_description leaks nothing', async (name) => {
      const { server, tokens } = await openScene(options, { clientSecret });
      const fault: HttpFault = {
        status: 400,
        body: ({ requestBody }) =>
          JSON.stringify({
            error: 'invalid_request',
            error_description: `bad: ${echoes[name]?.(requestBody) ?? ''}!`,
          }),
      };
      server.failWith(fault);
      const error = await rejectionOf(tokens.getToken());
      expect(error).toBeInstanceOf(TokenRequestError);
      expect(error).toMatchObject({ code: 'TOKEN_REQUEST_REJECTED', oauthError: 'invalid_request' });
      const isAssertion = method.startsWith('assertion');
      const secret = isAssertion ? assertion : clientSecret;
      expectNoSecret(everythingShown(error).toLowerCase(), [secret.toLowerCase()]);
      // The secret of another client is none of this one's.
      if (!isAssertion) expect(everythingShown(error)).not.toContain('canary');
    });
  });

  it('the token that a manager has handed out leaks nothing', async () => {
    const { server, tokens } = await openScene();
    server.injectFault({
      body: JSON.stringify({ access_token: 'opaque-canary-0123456789', token_type: 'Bearer' }),
    });
    const token = await tokens.getToken();
    server.failWith({
      status: 400,
      body: JSON.stringify({ error: 'x', error_description: `now: ${token}` }),
    });
    const error = await rejectionOf(tokens.getToken({ forceRefresh: true }));
    expect(error).toMatchObject({ oauthError: 'x', description: '[redacted]' });
  });
});

it('nothing secret is shown by a manager, a source of files, a sink or an assertion', async () => {
  const { server, tokens } = await openScene(
    { credentials: { clientId: 'worker', clientSecret } },
    { clientSecret },
  );
  tokens.start();
  await tokens.getToken();
  await tokens.getToken({ forceRefresh: true });
  const written = join(folder, 'written');
  writeFileSync(written, 'canary-of-a-file');
  const files = fileTokenSource(written);
  onTestFinished(() => files.stop());
  await files.getToken();
  await using sink = tokenSink(files, { path: join(folder, 'sink') });
  await sink.written();
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const jwk = privateKey.export({ format: 'jwk' });
  const signed = [
    privateKeyJwt({ key, algorithm: 'ES256' }),
    privateKeyJwt({ key: jwk, algorithm: 'ES256' }),
  ];
  for (const assertion of signed) await assertion(context);
  const ofFile = fileAssertion(assertionFile);
  await ofFile(context);
  const changed = await everyChangeShown(() => ({ tokens, files, sink, signed, ofFile }));
  const shown = `${everythingShown({ tokens, files, sink, signed, ofFile })}\n${changed}`;
  const [, keyText = ''] = key.split('\n');
  expectNoSecret(shown, [clientSecret, 'canary-of-a-file', assertion, keyText, jwk.d ?? '']);
  for (const token of server.issuedTokens) expect(shown).not.toContain(token);
});
