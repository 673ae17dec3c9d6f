import { discoverCredentials, environmentStore } from '@worker-auth/secret-store';
import { FakeDaprSidecar, MockOAuthServer } from '@worker-auth/testing-fakes';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { diagnose } from '../../src/doctor/diagnose.ts';
import { temporalAuth } from '../../src/plugin.ts';
import { silentLogger } from '../../src/doctor/diagnosis-context.ts';

const page = join(import.meta.dirname, '../../../../docs/reference/environment.md');

/** Variables in which each name is written down that is asked for. */
function recording(values: Readonly<Record<string, string>>, asked: Set<string>): NodeJS.ProcessEnv {
  const record = <T>(name: string | symbol, answer: T): T => {
    if (typeof name === 'string') asked.add(name);
    return answer;
  };
  return new Proxy<NodeJS.ProcessEnv>(values, {
    get: (target, name) => record(name, Reflect.get(target, name) as unknown),
    getOwnPropertyDescriptor: (target, name) => record(name, Reflect.getOwnPropertyDescriptor(target, name)),
    has: (target, name) => record(name, Reflect.has(target, name)),
  });
}

/** As the page writes them: an application has names of its own, and all may be in lower case. */
function asOnThePage(name: string): string {
  const key = /^ATLAN_(postgres_extraction_client_\w+|atlan_auth_url|workflow_tls_enabled)$/i.exec(name)?.[1];
  if (key === undefined) return name.toUpperCase();
  return `ATLAN_${key.toLowerCase().replace('postgres_extraction', '<app_name>')}`;
}

it('the page of the environment has each variable that the sources read, and no other', async () => {
  const asked = new Set<string>();
  await using oauth = await MockOAuthServer.start();
  await using dapr = await FakeDaprSidecar.start();
  const application = 'postgres-extraction';
  const azure = { AZURE_FEDERATED_TOKEN_FILE: '/none', AZURE_CLIENT_ID: 'id', AZURE_TENANT_ID: 'tenant' };
  const pair = {
    ATLAN_postgres_extraction_client_id: 'id',
    ATLAN_postgres_extraction_client_secret: 'secret',
  };
  const on = { ATLAN_WORKFLOW_AUTH_ENABLED: 'true', ATLAN_WORKFLOW_AUTH_URL: oauth.tokenUrl };
  const assertion = { ATLAN_postgres_extraction_client_assertion_file: '/none' };
  for (const credentials of [pair, azure, assertion, {}]) {
    const env = recording(credentials, asked);
    const found = discoverCredentials({ applicationName: application, env, dapr: { startupTimeoutMs: 1 } });
    await found.get({ timeoutMs: 1_000 }).catch(() => undefined);
  }
  await environmentStore({ env: recording({}, asked) }).get('any');
  const sidecar = { DAPR_HTTP_ENDPOINT: dapr.url };
  await using auth = temporalAuth({
    env: recording({ ...on, ...sidecar, ATLAN_APPLICATION_NAME: application }, asked),
    logger: silentLogger,
  });
  await auth.ready({ signal: AbortSignal.abort() }).catch(() => undefined);
  auth.configureConnection({});
  await diagnose({ env: recording({ ...on, ...pair }, asked), timeoutMs: 1_000 });
  const proxied = { ATLAN_AUTH_ENABLED: 'true', HTTPS_PROXY: 'http://127.0.0.1:9' };
  await diagnose({ env: recording({ ...proxied, ...pair }, asked), timeoutMs: 1_000 });
  const read = new Set([...asked].filter((name) => !/^ATLAN_any$/i.test(name)).map(asOnThePage));
  const shown = (await readFile(page, 'utf8')).matchAll(/`([A-Z][A-Z0-9]*_[\w<>]+[a-zA-Z])`/g);
  const onPage = new Set([...shown].map(([, name = '']) => name));
  expect([...onPage].sort()).toEqual([...read].sort());
});
