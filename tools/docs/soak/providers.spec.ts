import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { refreshDelay } from '@worker-auth/refresh-scheduler';
import { type ProviderOptions, providers } from '@worker-auth/token-manager';
import { MockOAuthServer } from '@worker-auth/testing-fakes';
import type { ExampleResult } from '@worker-auth/workspace/readme-example';
import { expect, it, onTestFinished } from 'vitest';
import { guideNames, guideText, runGuide, shownOutputs } from '../tests/support/guide.ts';

const pages = guideNames
  .filter((name) => name.startsWith('providers/'))
  .map((name) => ({ name, text: guideText(name) }));
const client = { clientId: 'orders-worker', clientSecret: 'kept~secret' };

const hour = 3_600;

/** The providers' pages that have a program. */
const programs = pages.flatMap(({ name, text }) => {
  const minutes = /^(\d+) minutes$/m.exec(text)?.[1];
  return minutes === undefined ? [] : [{ page: basename(name), text, lifetimeSeconds: Number(minutes) * 60 }];
});

/** What the program of a page asks for, by itself and by its preset. */
function requested(text: string): Readonly<Record<string, string>> {
  const [, preset] = /provider: (?:providers\.|')(\w+)'?,/.exec(text) ?? [];
  const { scope } = Object.entries<ProviderOptions>(providers).find(([name]) => name === preset)?.[1] ?? {};
  const [program = ''] = /^```ts\n[^]*?^```$/m.exec(text) ?? [];
  const given = [...program.matchAll(/\b(scope|audience): '([^']+)'/g)].map(
    ([, name = '', value = '']) => [name, value] as const,
  );
  return { ...(scope !== undefined && { scope: String(scope) }), ...Object.fromEntries(given) };
}

/** Runs the program of the page that has this text. */
function run(
  oauth: MockOAuthServer,
  page: string,
  index: string,
  env: Record<string, string>,
): Promise<ExampleResult> {
  const redirected = new URL('../tests/support/redirected-fetch.ts', import.meta.url).href;
  return runGuide(`providers/${page}`, {
    index,
    env: { ...env, NODE_OPTIONS: `--import ${redirected}`, IMITATION_URL: oauth.tokenUrl },
  });
}

it.each(programs)(
  '$page gives a token to the program of its page',
  async ({ page, text, lifetimeSeconds }) => {
    await using oauth = await MockOAuthServer.start({ clients: [client], lifetimeSeconds });
    const result = await run(oauth, page, 'issuer: ', {
      WORKER_AUTH_CLIENT_ID: client.clientId,
      WORKER_AUTH_CLIENT_SECRET: client.clientSecret,
    });
    expect(result).toMatchObject({ exitCode: 0, stdout: shownOutputs(`providers/${page}`)[0] });
    const [request] = oauth.tokenRequests;
    expect(request?.authentication).toEqual({ method: 'client_secret_basic', clientId: client.clientId });
    const { grant_type: grantType, ...form } = Object.fromEntries(request?.form ?? []);
    expect([grantType, form]).toEqual(['client_credentials', requested(text)]);
  },
);

it('Entra gives a token to a pod with a workload identity', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'azure-identity-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'token');
  await using cluster = await MockOAuthServer.start();
  const assertion = cluster.mintToken();
  await writeFile(file, assertion);
  await using oauth = await MockOAuthServer.start({
    clients: [{ clientId: 'the-id' }],
    acceptAssertion: (text) => text === assertion,
  });
  const program = "application: 'postgres-extraction', scope: 'api://temporal/.default'";
  const result = await run(oauth, 'entra-id', program, {
    AZURE_CLIENT_ID: 'the-id',
    AZURE_TENANT_ID: 'contoso.example',
    AZURE_FEDERATED_TOKEN_FILE: file,
  });
  expect(result).toMatchObject({ exitCode: 0, stdout: shownOutputs('providers/entra-id')[1] });
  const [request] = oauth.tokenRequests;
  expect(request?.authentication).toEqual({ method: 'federated_jwt', clientId: 'the-id' });
  expect(request?.headers['x-asked-url']).toBe(
    'https://login.microsoftonline.com/contoso.example/oauth2/v2.0/token',
  );
  expect(new Map(request?.form).get('scope')).toBe('api://temporal/.default');
});

it('the page of Auth0 says when its preset refreshes a token', () => {
  const { policy } = providers.auth0;
  const [, ...hours] =
    /a token of 24 hours after (\S+) to (\S+) hours/.exec(guideText('providers/auth0')) ?? [];
  const delays = [0, 1].map((chance) => refreshDelay(24 * hour * 1_000, policy, () => chance));
  expect(hours.map(Number)).toEqual(delays.map((delayMs) => delayMs / (hour * 1_000)));
});

it('each page but that of Google is run', () => {
  expect(programs.length).toBe(pages.length - 1);
});
