import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import {
  type Daprd,
  defaultNames,
  freePort,
  npm,
  type ProgramName,
  readNames,
  type RunningServer,
  skipReason,
  startAuthorizingTemporal,
  startDaprd,
  startEnvoy,
  startKeycloak,
  startKubernetesSecretsApi,
  startMoto,
  startOpenBao,
  startPrometheus,
  startStack,
  startTemporalDevServer,
  startVerdaccio,
} from '@worker-auth/servers';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { eventually } from '../src/fixtures/eventually.ts';
import { isLoopback, listenersOf } from '../src/fixtures/listeners.ts';

/** Each real server of `tools/servers`: started, asked once, stopped, and gone. */

/** Describes what needs these programs, skipped with the reason where this machine lacks one. */
async function describeWith(programs: readonly ProgramName[], tests: () => void): Promise<void> {
  const reason = await skipReason(...programs);
  const title = programs.join(', ');
  describe.skipIf(reason !== undefined)(reason === undefined ? title : `${title}: ${reason}`, tests);
}

async function expectGone(server: RunningServer): Promise<void> {
  const { pid = 0 } = server;
  expect(isGroupRunning(pid)).toBe(true);
  await server.stop();
  await eventually('its end', () => !isGroupRunning(pid));
}

/**
 * Only this machine reaches what a test starts, by whichever of its ports.
 *
 * @param openPort the one that no option keeps from the other interfaces
 */
async function expectLoopbackOnly(server: RunningServer, openPort?: number): Promise<void> {
  // No other system says it in /proc.
  if (process.platform !== 'linux') return;
  const isOf = (port: number | undefined) => (listener: string) => listener.endsWith(`:${port ?? ''}`);
  const all = await listenersOf(server.pid ?? process.pid);
  // A server inside this process shares it with others.
  const listeners = server.pid === undefined ? all.filter(isOf(server.port)) : all;
  expect(listeners.filter(isOf(server.port))).toHaveLength(1);
  const open = listeners.filter((listener) => !isLoopback(listener));
  if (openPort === undefined) expect(open).toEqual([]);
  else expect(open).toEqual([`[::]:${openPort}`]);
}

/** Every server leads a process group of its own. */
function isGroupRunning(pid: number): boolean {
  try {
    process.kill(-pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function describeNamespace(address: string, apiKey?: string): Promise<string> {
  const connection = await Connection.connect({
    address,
    tls: false,
    ...(apiKey === undefined ? {} : { apiKey }),
  });
  try {
    const { namespaceInfo } = await connection.workflowService.describeNamespace({ namespace: 'default' });
    return namespaceInfo?.name ?? '';
  } finally {
    await connection.close();
  }
}

async function tokenFor(tokenUrl: string, clientId: string, clientSecret: string): Promise<Response> {
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
  });
  return await fetch(tokenUrl, { method: 'POST', body });
}

async function accessToken(tokenUrl: string, clientId: string, clientSecret: string): Promise<string> {
  const response = await tokenFor(tokenUrl, clientId, clientSecret);
  return ((await response.json()) as { access_token: string }).access_token;
}

async function sidecarWith(component: string, options: { kubeconfigPath?: string } = {}): Promise<Daprd> {
  const folder = await mkdtemp(join(tmpdir(), 'components-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'component.yaml'), component);
  const daprd = await startDaprd({ componentsPath: folder, env: { PLANTED: 'value' }, ...options });
  onTestFinished(() => daprd.stop());
  return daprd;
}

function component(type: string): string {
  return `apiVersion: dapr.io/v1alpha1
kind: Component
metadata:
  name: store
spec:
  type: secretstores.${type}
  version: v1
  metadata: []
`;
}

async function readSecret(daprd: Daprd, name: string): Promise<unknown> {
  return await (await fetch(`${daprd.url}/v1.0/secrets/store/${name}`)).json();
}

await describeWith(['temporal-cli'], () => {
  it('describes its namespace to everybody, also after a restart', async () => {
    await using server = await startTemporalDevServer({ ui: true });
    expect(await describeNamespace(server.address)).toBe('default');
    expect((await fetch(server.uiUrl ?? '')).status).toBe(200);
    await expectLoopbackOnly(server);
    await server.restart();
    expect(await describeNamespace(server.address)).toBe('default');
    await expectGone(server);
  });
});

await describeWith(['temporal-authorizer'], () => {
  it('rejects a call without a token, also after a restart', async () => {
    await using server = await startAuthorizingTemporal({ jwksUrl: 'http://127.0.0.1:9/none' });
    await expect(describeNamespace(server.address)).rejects.toThrow('Request unauthorized.');
    await expectLoopbackOnly(server);
    await server.restart();
    await expect(describeNamespace(server.address)).rejects.toThrow('Request unauthorized.');
    await expectGone(server);
  });
});

await describeWith(['prometheus'], () => {
  it('scrapes itself, and evaluates a rule, also after a restart', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rules-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const ruleFile = join(folder, 'rules.yaml');
    const rule = { alert: 'Always', expr: 'vector(1)', annotations: { summary: 'is {{ $value }}' } };
    await writeFile(ruleFile, JSON.stringify({ groups: [{ name: 'group', rules: [rule] }] }));
    const port = await freePort();
    const targets = { self: [`127.0.0.1:${port}`] };
    await using server = await startPrometheus({ port, ruleFiles: [ruleFile], targets, intervalMs: 200 });
    await expectLoopbackOnly(server);
    await server.restart();
    await vi.waitFor(async () => {
      expect(await server.alerts()).toMatchObject([{ state: 'firing', annotations: { summary: 'is 1' } }]);
      expect(await server.query('up')).toMatchObject([{ labels: { job: 'self' }, value: 1 }]);
    }, 60_000);
    await expect(server.query('up(')).rejects.toThrow('Prometheus answered 400: ');
    await expectGone(server);
  });
});

await describeWith(['envoy', 'temporal-cli'], () => {
  it('rejects a call without a token, also after a restart', async () => {
    await using temporal = await startTemporalDevServer();
    const jwksUrl = 'http://127.0.0.1:9/none';
    await using server = await startEnvoy({ upstream: temporal.address, jwksUrl });
    // The whole of Temporal is behind the token: the client cannot even connect.
    const rejection = (details: string): object => ({ cause: { details } });
    await expect(describeNamespace(server.address)).rejects.toMatchObject(rejection('Jwt is missing'));
    await expectLoopbackOnly(server);
    await server.restart();
    await expect(describeNamespace(server.address, 'x.y.z')).rejects.toMatchObject(
      rejection('Jwt header is an invalid Base64url encoded'),
    );
    await expectGone(server);
  });

  it('counts what it rejects, and says goodbye to its connections when another takes its port', async () => {
    await using temporal = await startTemporalDevServer();
    const route = { upstream: temporal.address, jwksUrl: 'http://127.0.0.1:9/none' };
    await using server = await startEnvoy(route);
    const session = connect(`http://${server.address}`);
    onTestFinished(() => {
      session.destroy();
    });
    const goodbye = once(session, 'goaway', { signal: AbortSignal.timeout(60_000) });
    const before = await server.rejections();
    await expect(describeNamespace(server.address)).rejects.toThrow();
    expect(await server.rejections()).toBe(before + 1);

    await using another = await startEnvoy({ ...route, port: server.port });
    await server.drain();
    session.request({ ':method': 'POST', ':path': '/' }).resume().end();
    await goodbye;
    await server.stop();
    await expect(describeNamespace(another.address)).rejects.toMatchObject({
      cause: { details: 'Jwt is missing' },
    });
  });
});

await describeWith(['daprd'], () => {
  it('reads a secret from its environment', async () => {
    const daprd = await sidecarWith(component('local.env'));
    expect(await readSecret(daprd, 'PLANTED')).toEqual({ PLANTED: 'value' });
    await expectLoopbackOnly(daprd, daprd.openPort);
    await expectGone(daprd);
  });

  it('reads a secret from Kubernetes', async () => {
    await using api = await startKubernetesSecretsApi({ secrets: { default: { app: { id: 'one' } } } });
    const daprd = await sidecarWith(component('kubernetes'), { kubeconfigPath: api.kubeconfigPath });
    expect(await readSecret(daprd, 'app?metadata.namespace=default')).toEqual({ id: 'one' });
    await expectLoopbackOnly(api);
  });
});

await describeWith(['openbao'], () => {
  it('keeps the newest version of a secret', async () => {
    await using vault = await startOpenBao();
    await vault.writeSecret('dapr/app', { id: 'one' });
    await vault.writeSecret('dapr/app', { id: 'two' });
    const response = await fetch(`${vault.url}/v1/secret/data/dapr/app`, {
      headers: { 'x-vault-token': vault.token },
    });
    expect(await response.json()).toMatchObject({ data: { data: { id: 'two' } } });
    await expectLoopbackOnly(vault);
    await expectGone(vault);
  });
});

await describeWith(['moto'], () => {
  it('keeps a secret', async () => {
    await using moto = await startMoto();
    await moto.createSecret('app', '{}');
    await expect(moto.createSecret('app', '{}')).rejects.toThrow('ResourceExistsException');
    await expectLoopbackOnly(moto);
    await expectGone(moto);
  });
});

await describeWith(['verdaccio'], () => {
  it('keeps what was published, also over a restart', async () => {
    await using registry = await startVerdaccio();
    const folder = await mkdtemp(join(tmpdir(), 'published-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    await writeFile(join(folder, '.npmrc'), `//${registry.address}/:_authToken=any`);
    await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'planted', version: '1.2.3' }));
    await npm(folder, ['publish', '--registry', registry.url]);
    await expectLoopbackOnly(registry);
    await registry.restart();
    expect(await (await fetch(`${registry.url}planted`)).json()).toMatchObject({ versions: { '1.2.3': {} } });
    expect((await fetch(`${registry.url}typescript`)).status).toBe(404);
    await expectGone(registry);
  });
});

await describeWith(['keycloak'], () => {
  it('rejects the old secret of a client once there is a new one, and keeps the new one over a restart', async () => {
    await using keycloak = await startKeycloak();
    const client = await keycloak.createClient({ clientId: 'app', lifespanSeconds: 20 });
    const response = await tokenFor(keycloak.tokenUrl, 'app', client.clientSecret);
    const { token_type: type, expires_in: seconds } = (await response.json()) as Record<string, unknown>;
    // A slow Keycloak has spent a second of it already.
    expect([type, [19, 20].includes(Number(seconds))]).toEqual(['Bearer', true]);
    await expectLoopbackOnly(keycloak);
    const secret = await keycloak.regenerateSecret('app');
    expect((await tokenFor(keycloak.tokenUrl, 'app', client.clientSecret)).status).toBe(401);
    await keycloak.restart();
    expect((await tokenFor(keycloak.tokenUrl, 'app', secret)).status).toBe(200);
    await expectGone(keycloak);
  }, 300_000);
});

await describeWith(['keycloak'], () => {
  it('signs with another key after a rotation, and has withdrawn the old one', async () => {
    await using keycloak = await startKeycloak();
    const before = await signingKeys(keycloak.jwksUrl);
    await keycloak.rotateSigningKey();
    const after = await signingKeys(keycloak.jwksUrl);
    expect([before.length, after.length]).toEqual([1, 1]);
    expect(after).not.toEqual(before);
    const { clientId, clientSecret } = await keycloak.createClient({ clientId: 'app' });
    const response = await tokenFor(keycloak.tokenUrl, clientId, clientSecret);
    const { access_token: token } = (await response.json()) as { access_token: string };
    const header = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as {
      kid: string;
    };
    expect(after).toEqual([header.kid]);
  }, 300_000);
});

await describeWith(['keycloak', 'openbao', 'daprd', 'temporal-authorizer'], () => {
  it('make the whole path: a secret from the sidecar gets the token that Temporal lets in', async () => {
    await using stack = await startStack({ secretName: 'team/credentials', componentName: 'vault' });
    const { daprd, keycloak, temporal } = stack;
    expect((await fetch(temporal.uiUrl ?? '')).status).toBe(200);
    await expectLoopbackOnly(temporal);
    expect(readNames({}, stack.env)).toEqual({
      ...defaultNames,
      secretName: 'team/credentials',
      componentName: 'vault',
    });
    const secretUrl = `${daprd.url}/v1.0/secrets/vault/${encodeURIComponent('team/credentials')}`;
    const fields = (await (await fetch(secretUrl)).json()) as Record<string, string>;
    const token = await accessToken(
      keycloak.tokenUrl,
      fields['postgres_extraction_client_id'] ?? '',
      fields['postgres_extraction_client_secret'] ?? '',
    );
    expect(await describeNamespace(temporal.address, token)).toBe('default');
    await expect(describeNamespace(temporal.address)).rejects.toThrow('Request unauthorized.');
  }, 300_000);
});

/** @returns the `kid` of each key that signs access tokens */
async function signingKeys(jwksUrl: string): Promise<readonly string[]> {
  const { keys } = (await (await fetch(jwksUrl)).json()) as { keys: { kid: string; use: string }[] };
  return keys.filter(({ use }) => use === 'sig').map(({ kid }) => kid);
}
