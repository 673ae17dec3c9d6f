import { MockOAuthServer } from '@worker-auth/testing-fakes';
import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import { AtlanAuthClient } from '../src/facade/atlan-auth-client.ts';
import { TemporalWorkflowClient } from '../src/facade/temporal-workflow-client.ts';

const everything = { depth: Infinity, showHidden: true, getters: true } as const;

/** Every way in which an object may end up in a log, and the forms that a secret may have in it. */
function leaks(value: unknown, secrets: readonly string[]): string[] {
  const texts = [inspect(value, everything), inspect(value), JSON.stringify(value), String(value)];
  if (value instanceof Error) texts.push(value.stack ?? '', value.message);
  const forms = secrets.flatMap((secret) => [
    secret,
    encodeURIComponent(secret),
    Buffer.from(secret).toString('base64'),
  ]);
  return forms.filter((form) => texts.some((text) => text.includes(form)));
}

const clientSecret = 'canary secret+/~';

it('shows neither secret nor token when a client is inspected, with a token in hand', async () => {
  await using oauth = await MockOAuthServer.start({ clientSecret });
  const logged: unknown[] = [];
  const log = (...parts: unknown[]): void => void logged.push(parts);
  const logger = { log, trace: log, debug: log, info: log, warn: log, error: log };
  const options = {
    applicationName: 'canary',
    authEnabled: true,
    authUrl: oauth.tokenUrl,
    clientId: oauth.clientId,
    clientSecret,
    env: {},
    logger,
  };
  await using auth = new AtlanAuthClient(options);
  const token = (await auth.getAccessToken()) ?? '';
  const workflowClient = new TemporalWorkflowClient(options);
  await workflowClient.auth.getAccessToken();
  const secrets = [clientSecret, token, ...oauth.issuedTokens];
  expect(secrets).toHaveLength(4);
  expect(leaks(auth, secrets)).toEqual([]);
  expect(leaks(workflowClient, secrets)).toEqual([]);
  expect(leaks(logged, secrets)).toEqual([]);
  expect(leaks({ token }, secrets)).toContain(token);
  await workflowClient.close();
});

it('shows neither in what is thrown and logged when the server rejects the client', async () => {
  await using oauth = await MockOAuthServer.start({ clientSecret: 'another' });
  await using auth = new AtlanAuthClient({
    applicationName: 'canary',
    authEnabled: true,
    authUrl: oauth.tokenUrl,
    clientId: oauth.clientId,
    clientSecret,
    env: {},
    logger: { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} },
  });
  const error: unknown = await auth.getAccessToken().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(Error);
  expect(leaks(error, [clientSecret])).toEqual([]);
});
