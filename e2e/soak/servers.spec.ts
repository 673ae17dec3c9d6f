import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import {
  type Daprd,
  freePort,
  npm,
  type ProgramName,
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

/** Only this machine reaches what a test starts, and its whole process group ends with it. */
async function expectOnlyHereThenGone(server: RunningServer, openPort?: number): Promise<void> {
  const { pid = 0, port } = server;
  // No other system says it in /proc.
  const listeners = process.platform === 'linux' ? await listenersOf(pid) : undefined;
  if (listeners !== undefined) {
    expect(listeners.filter((listener) => listener.endsWith(`:${port}`))).toHaveLength(1);
    const open = listeners.filter((listener) => !isLoopback(listener));
    // The one that no option keeps from the other interfaces.
    expect(open).toEqual(openPort === undefined ? [] : [`[::]:${openPort}`]);
  }
  expect(isGroupRunning(pid)).toBe(true);
  await server.stop();
  await eventually('its end', () => !isGroupRunning(pid));
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

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'servers-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
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

async function sidecarWith(component: string, options: { kubeconfigPath?: string } = {}): Promise<Daprd> {
  const folder = await temporaryFolder();
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
    await server.restart();
    expect(await describeNamespace(server.address)).toBe('default');
    await expectOnlyHereThenGone(server);
  });
});

await describeWith(['temporal-authorizer'], () => {
  it('rejects a call without a token, also after a restart', async () => {
    await using server = await startAuthorizingTemporal({ jwksUrl: 'http://127.0.0.1:9/none' });
    await expect(describeNamespace(server.address)).rejects.toThrow('Request unauthorized.');
    await server.restart();
    await expect(describeNamespace(server.address)).rejects.toThrow('Request unauthorized.');
    await expectOnlyHereThenGone(server);
  });
});

await describeWith(['prometheus'], () => {
  it('scrapes itself, and evaluates a rule, also after a restart', async () => {
    const folder = await temporaryFolder();
    const ruleFile = join(folder, 'rules.yaml');
    const rule = { alert: 'Always', expr: 'vector(1)', annotations: { summary: 'is {{ $value }}' } };
    await writeFile(ruleFile, JSON.stringify({ groups: [{ name: 'group', rules: [rule] }] }));
    const port = await freePort();
    const targets = { self: [`127.0.0.1:${port}`] };
    await using server = await startPrometheus({ port, ruleFiles: [ruleFile], targets, intervalMs: 200 });
    await server.restart();
    await vi.waitFor(async () => {
      expect(await server.alerts()).toMatchObject([{ state: 'firing', annotations: { summary: 'is 1' } }]);
      expect(await server.query('up')).toMatchObject([{ labels: { job: 'self' }, value: 1 }]);
    }, 60_000);
    await expect(server.query('up(')).rejects.toThrow('Prometheus answered 400: ');
    await expectOnlyHereThenGone(server);
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
    await server.restart();
    await expect(describeNamespace(server.address, 'x.y.z')).rejects.toMatchObject(
      rejection('Jwt header is an invalid Base64url encoded'),
    );
    await expectOnlyHereThenGone(server);
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
    await expectOnlyHereThenGone(daprd, daprd.openPort);
  });

  it('reads a secret from Kubernetes', async () => {
    await using api = await startKubernetesSecretsApi({ default: { app: { id: 'one' } } });
    const daprd = await sidecarWith(component('kubernetes'), { kubeconfigPath: api.kubeconfigPath });
    expect(await readSecret(daprd, 'app?metadata.namespace=default')).toEqual({ id: 'one' });
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
    await expectOnlyHereThenGone(vault);
  });
});

await describeWith(['moto'], () => {
  it('keeps a secret', async () => {
    await using moto = await startMoto();
    await moto.createSecret('app', '{}');
    await expect(moto.createSecret('app', '{}')).rejects.toThrow('ResourceExistsException');
    await expectOnlyHereThenGone(moto);
  });
});

await describeWith(['verdaccio'], () => {
  it('keeps what was published, also over a restart', async () => {
    await using registry = await startVerdaccio();
    const folder = await temporaryFolder();
    await writeFile(join(folder, '.npmrc'), `//${registry.address}/:_authToken=any`);
    await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'planted', version: '1.2.3' }));
    await npm(folder, ['publish', '--registry', registry.url]);
    await registry.restart();
    expect(await (await fetch(`${registry.url}planted`)).json()).toMatchObject({ versions: { '1.2.3': {} } });
    expect((await fetch(`${registry.url}typescript`)).status).toBe(404);
    await expectOnlyHereThenGone(registry);
  });
});

await describeWith(['keycloak'], () => {
  it('rejects the old secret of a client, withdraws the old key, and keeps the new ones over a restart', async () => {
    await using keycloak = await startKeycloak();
    const client = await keycloak.createClient({ clientId: 'app', lifespanSeconds: 20 });
    const response = await tokenFor(keycloak.tokenUrl, 'app', client.clientSecret);
    const { token_type: type, expires_in: seconds } = (await response.json()) as Record<string, unknown>;
    // A slow Keycloak has spent a second of it already.
    expect([type, [19, 20].includes(Number(seconds))]).toEqual(['Bearer', true]);
    const before = await signingKeys(keycloak.jwksUrl);
    const secret = await keycloak.regenerateSecret('app');
    await keycloak.rotateSigningKey();
    expect((await tokenFor(keycloak.tokenUrl, 'app', client.clientSecret)).status).toBe(401);
    await keycloak.restart();
    const after = await signingKeys(keycloak.jwksUrl);
    expect([before.length, after.length, after.includes(before[0] ?? '')]).toEqual([1, 1, false]);
    const { access_token: token } = (await (await tokenFor(keycloak.tokenUrl, 'app', secret)).json()) as {
      access_token: string;
    };
    const header = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as {
      kid: string;
    };
    expect(after).toEqual([header.kid]);
    await expectOnlyHereThenGone(keycloak);
  }, 300_000);
});

/** @returns the `kid` of each key that signs access tokens */
async function signingKeys(jwksUrl: string): Promise<readonly string[]> {
  const { keys } = (await (await fetch(jwksUrl)).json()) as { keys: { kid: string; use: string }[] };
  return keys.filter(({ use }) => use === 'sig').map(({ kid }) => kid);
}
