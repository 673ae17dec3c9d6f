import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { refreshDelay } from '@worker-auth/refresh-scheduler';
import { providers } from '@worker-auth/token-manager';
import { type HttpFault, MockOAuthServer } from '@worker-auth/testing-fakes';
import type { ExampleResult } from '@worker-auth/workspace/readme-example';
import { expect, it, onTestFinished } from 'vitest';
import { guideNames, guideText, runGuide, shownOutputs } from '../tests/support/guide.ts';

const pages = guideNames
  .filter((name) => name.startsWith('providers/'))
  .map((name) => ({ name, text: guideText(name) }));
const client = { clientId: 'orders-worker', clientSecret: 'kept~secret' };

/** What a provider insists on, as its documents say. */
interface Imitation {
  readonly lifetimeSeconds: number;
  /** The fields that the request must have. */
  readonly required: Readonly<Record<string, string>>;
  /** What else it answers, and what it answers in another way. */
  readonly answer?: Readonly<Record<string, unknown>>;
}

const hour = 3_600;

/** By page. */
const imitations: Readonly<Record<string, Imitation>> = {
  keycloak: {
    lifetimeSeconds: 300,
    required: {},
    answer: { refresh_expires_in: 0, 'not-before-policy': 0 },
  },
  auth0: { lifetimeSeconds: 24 * hour, required: { audience: 'https://temporal.acme.example' } },
  okta: { lifetimeSeconds: hour, required: { scope: 'default:write' } },
  'entra-id': {
    lifetimeSeconds: hour - 1,
    required: { scope: 'api://temporal/.default' },
    answer: { ext_expires_in: hour - 1 },
  },
  cognito: { lifetimeSeconds: hour, required: {} },
  ping: { lifetimeSeconds: hour, required: { scope: 'temporal:write' } },
  zitadel: {
    lifetimeSeconds: 12 * hour - 1,
    required: { scope: 'openid urn:zitadel:iam:org:project:id:2810:aud' },
  },
  hydra: {
    lifetimeSeconds: hour,
    required: { scope: 'default:write', audience: 'https://temporal.example.com' },
  },
  dex: { lifetimeSeconds: 24 * hour, required: { scope: 'openid groups' } },
};
const imitated = Object.entries(imitations);

async function imitate({ lifetimeSeconds, required, answer }: Imitation): Promise<MockOAuthServer> {
  const oauth = await MockOAuthServer.start({
    clients: [client],
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

it.each(imitated)('%s gives a token to the program of its page', async (page, imitation) => {
  await using oauth = await imitate(imitation);
  const result = await run(oauth, page, 'issuer: ', {
    WORKER_AUTH_CLIENT_ID: client.clientId,
    WORKER_AUTH_CLIENT_SECRET: client.clientSecret,
  });
  expect(result).toMatchObject({ exitCode: 0, stdout: shownOutputs(`providers/${page}`)[0] });
  expect(oauth.tokenRequests[0]?.authentication).toEqual({
    method: 'client_secret_basic',
    clientId: client.clientId,
  });
});

it.each(imitated.filter(([, { required }]) => Object.keys(required).length > 0))(
  '%s gives none to who does not ask for what its page says',
  async (_page, imitation) => {
    await using oauth = await imitate(imitation);
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
  const [, ...hours] = /one of 24 hours after (\S+) to (\S+) hours/.exec(guideText('providers/auth0')) ?? [];
  const delays = [0, 1].map((chance) => refreshDelay(24 * hour * 1_000, policy, () => chance));
  expect(hours.map(Number)).toEqual(delays.map((delayMs) => delayMs / (hour * 1_000)));
});

it('each preset is on a page, and each page is run', () => {
  for (const preset of Object.keys(providers))
    expect(pages.filter(({ text }) => text.includes(`provider: providers.${preset},`))).toHaveLength(1);
  expect([...Object.keys(imitations), 'google'].sort()).toEqual(
    pages.map(({ name }) => name.slice('providers/'.length)),
  );
});
