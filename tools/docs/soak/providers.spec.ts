import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { refreshDelay } from '@worker-auth/refresh-scheduler';
import { providers } from '@worker-auth/token-manager';
import { type HttpFault, MockOAuthServer, type OAuthClientOptions } from '@worker-auth/testing-fakes';
import type { ExampleResult } from '@worker-auth/workspace/readme-example';
import { expect, it, onTestFinished } from 'vitest';
import { guideNames, guideText, runGuide } from '../tests/support/guide.ts';

const pages = guideNames
  .filter((name) => name.startsWith('providers/'))
  .map((name) => ({ name, text: guideText(name) }));
const client = { clientId: 'orders-worker', clientSecret: 'kept~secret' };

/** What a provider insists on, as its documents say. */
interface Imitation {
  readonly method: NonNullable<OAuthClientOptions['authMethods']>[number];
  readonly lifetimeSeconds: number;
  /** The fields that the request must have. */
  readonly required: Readonly<Record<string, string>>;
  /** What else it answers, and what it answers in another way. */
  readonly answer?: Readonly<Record<string, unknown>>;
}

const basic = 'client_secret_basic';
const hour = 3_600;

const imitations: Record<Exclude<keyof typeof providers, 'pingFederate'>, Imitation> = {
  keycloak: {
    method: basic,
    lifetimeSeconds: 300,
    required: {},
    answer: { refresh_expires_in: 0, 'not-before-policy': 0 },
  },
  auth0: {
    method: 'client_secret_post',
    lifetimeSeconds: 24 * hour,
    required: { audience: 'https://temporal.acme.example' },
  },
  okta: { method: basic, lifetimeSeconds: hour, required: { scope: 'default:write' } },
  entra: {
    method: 'client_secret_post',
    lifetimeSeconds: hour - 1,
    required: { scope: 'api://temporal/.default' },
    answer: { ext_expires_in: hour - 1 },
  },
  cognito: { method: basic, lifetimeSeconds: hour, required: {} },
  pingOne: { method: basic, lifetimeSeconds: hour, required: { scope: 'temporal:write' } },
  zitadel: {
    method: basic,
    lifetimeSeconds: 12 * hour - 1,
    required: { scope: 'openid urn:zitadel:iam:org:project:id:2810:aud' },
  },
  hydra: {
    method: basic,
    lifetimeSeconds: hour,
    required: { scope: 'default:write', audience: 'https://temporal.example.com' },
  },
  dex: { method: basic, lifetimeSeconds: 24 * hour, required: { scope: 'openid groups' } },
};
const imitated = Object.entries(imitations);

async function imitate({ method, lifetimeSeconds, required, answer }: Imitation): Promise<MockOAuthServer> {
  const oauth = await MockOAuthServer.start({
    clients: [{ ...client, authMethods: [method] }],
    lifetimeSeconds,
  });
  const proper: HttpFault = {
    body: ({ body, status }) =>
      status === 200 ? JSON.stringify({ ...(JSON.parse(body) as object), ...answer }) : body,
  };
  oauth.failWith(({ form }) => {
    const fields = new Map(form);
    const isWhole = Object.entries(required).every(([field, value]) => fields.get(field) === value);
    return isWhole ? proper : { status: 400, body: '{"error":"invalid_request"}' };
  });
  return oauth;
}

/** The page with the program that has this text. */
function pageOf(program: string): (typeof pages)[number] {
  const page = pages.find(({ text }) => text.includes(program));
  if (page === undefined) throw new Error(`No page has ${program}`);
  return page;
}

/** Runs the program of the guides that has this text. */
function run(oauth: MockOAuthServer, index: string, env: Record<string, string>): Promise<ExampleResult> {
  const redirected = new URL('../tests/support/redirected-fetch.ts', import.meta.url).href;
  return runGuide(pageOf(index).name, {
    index,
    env: { ...env, NODE_OPTIONS: `--import ${redirected}`, IMITATION_URL: oauth.tokenUrl },
  });
}

/** What a guide says that this program prints. */
function shownAfter(program: string): string {
  const [, shown = ''] = /```text\n(.*?)```/s.exec(textFrom(program)) ?? [];
  return shown;
}

function textFrom(program: string): string {
  const { text } = pageOf(program);
  return text.slice(text.indexOf(program));
}

it.each(imitated)('%s gives a token to the program of its page', async (preset, imitation) => {
  await using oauth = await imitate(imitation);
  const program = `providers.${preset}(`;
  const result = await run(oauth, `provider: ${program}`, {
    WORKER_AUTH_CLIENT_ID: client.clientId,
    WORKER_AUTH_CLIENT_SECRET: client.clientSecret,
  });
  expect(result).toMatchObject({ exitCode: 0, stdout: shownAfter(`provider: ${program}`) });
  const [request] = oauth.tokenRequests;
  expect(request?.authentication).toEqual({ method: imitation.method, clientId: client.clientId });
  expect(/Endpoint(?: of PingOne)?: `([^`]+)`/.exec(textFrom(`provider: ${program}`))?.[1]).toBe(
    request?.headers['x-asked-url'],
  );
});

it.each(imitated.filter(([, { required }]) => Object.keys(required).length > 0))(
  '%s gives none to who does not ask for what its page says',
  async (_preset, imitation) => {
    await using oauth = await imitate({ ...imitation, method: 'client_secret_post' });
    const form = { grant_type: 'client_credentials', client_id: client.clientId };
    const ask = async (more: Readonly<Record<string, string>>): Promise<number> => {
      const body = new URLSearchParams({ ...form, client_secret: client.clientSecret, ...more });
      return (await fetch(oauth.tokenUrl, { method: 'POST', body })).status;
    };
    expect([await ask({}), await ask(imitation.required)]).toEqual([400, 200]);
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
  const program = "scope: 'api://temporal/.default'";
  const result = await run(oauth, program, {
    AZURE_CLIENT_ID: 'the-id',
    AZURE_TENANT_ID: 'contoso.example',
    AZURE_FEDERATED_TOKEN_FILE: file,
  });
  expect(result).toMatchObject({ exitCode: 0, stdout: shownAfter(program) });
  const [request] = oauth.tokenRequests;
  expect(request?.authentication).toEqual({ method: 'federated_jwt', clientId: 'the-id' });
  expect(request?.headers['x-asked-url']).toBe(
    'https://login.microsoftonline.com/contoso.example/oauth2/v2.0/token',
  );
  expect(new Map(request?.form).get('scope')).toBe('api://temporal/.default');
});

it('the page of Auth0 says when its preset renews a token', () => {
  const { policy } = providers.auth0({ domain: 'acme.eu.auth0.com', audience: 'any' });
  const [, ...hours] = /one of 24 hours after (\S+) to (\S+) hours/.exec(guideText('providers/auth0')) ?? [];
  const delays = [0, 1].map((chance) => refreshDelay(24 * hour * 1_000, policy, () => chance));
  expect(hours.map(Number)).toEqual(delays.map((delayMs) => delayMs / (hour * 1_000)));
});

it('each preset has a page', () => {
  for (const preset of Object.keys(providers)) expect(pageOf(`providers.${preset}(`)).toBeDefined();
});
