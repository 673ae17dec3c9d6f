import { Client, Connection } from '@temporalio/client';
import { freePort, pythonWithTemporal, startTemporalDevServer } from '@worker-auth/servers';
import {
  FakeTemporalFrontend,
  fakeStack,
  LoopbackServer,
  MockOAuthServer,
  tokenFingerprint,
} from '@worker-auth/testing-fakes';
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ProjectFolder, projectFolder } from '../src/registry/project-folder.ts';
import { describeWith } from '../src/fixtures/describe-with.ts';
import { eventually } from '../src/fixtures/eventually.ts';
import { temporaryFolder } from '../src/fixtures/temporary-folder.ts';
import { credentialsInEnvironment, putGatewayBefore } from '../src/fixtures/temporal-with-gateway.ts';
import { publishAll } from '../src/registry/publish-all.ts';
import { type Registry, startRegistry } from '../src/registry/registry.ts';

const workspace = join(import.meta.dirname, '../..');
const well = { exitCode: 0, output: '' };

/** A registry with our packages, and the folder of a project that installs from it. */
function installedProject(): { readonly project: ProjectFolder } {
  const started = new AsyncDisposableStack();
  const given: { project?: ProjectFolder } = {};
  beforeAll(async () => {
    const registry: Registry = started.use(await startRegistry());
    await publishAll(registry);
    given.project = started.use(await projectFolder(registry));
  }, 120_000);
  afterAll(() => started.disposeAsync());
  return given as { readonly project: ProjectFolder };
}

it('each example has a README of at most 20 lines, and a place in the list of them', async () => {
  const folder = join(workspace, 'examples');
  const list = await readFile(join(folder, 'README.md'), 'utf8');
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  expect(names.length).toBeGreaterThan(0);
  for (const name of names) {
    const readme = await readFile(join(folder, name, 'README.md'), 'utf8');
    expect([name, readme.split('\n').length - 1 <= 20]).toEqual([name, true]);
    expect(list).toContain(`[${name}](${name})`);
  }
});

await describeWith(['verdaccio'], 'an example, installed from a registry,', () => {
  const given = installedProject();

  describe('a back end of a platform team', () => {
    beforeAll(() => given.project.install('examples/secret-back-end'), 120_000);

    it('keeps the contract, under its own test runner', async () => {
      const { exitCode, output } = await given.project.run('test');
      expect({ exitCode, output }).toEqual({
        exitCode: 0,
        output: expect.stringMatching(/^ℹ pass [1-9]\d+$/m) as string,
      });
    });

    it('gives a client its credentials', async () => {
      await using oauth = await MockOAuthServer.start();
      await using temporal = await FakeTemporalFrontend.start({ jwks: oauth.jwksUrl });
      const secret = { reports_client_id: oauth.clientId, reports_client_secret: oauth.clientSecret };
      const entries = Object.entries(secret).map(([key, value]) => ({ key, value }));
      await using vault = await LoopbackServer.start((request, response) => {
        const isOurs =
          request.url === '/v1/secrets/temporal-clients' && request.headers['x-api-key'] === 'sesame';
        response.statusCode = isOurs ? 200 : 404;
        response.end(JSON.stringify({ entries }));
      });
      expect(await given.project.run('build')).toEqual(well);
      const client = await given.project.run('start', {
        ...{ WORKER_AUTH_ENABLED: 'true', WORKER_AUTH_TOKEN_URL: oauth.tokenUrl },
        TEMPORAL_ADDRESS: temporal.address,
        TEAM_VAULT_URL: vault.url,
        TEAM_VAULT_API_KEY: 'sesame',
      });
      expect(client).toMatchObject({
        exitCode: 0,
        output: expect.stringMatching(/^started daily with the credentials from .*team vault/m) as string,
      });
      expect(temporal.totals).toMatchObject({ rejected: 0 });
    });
  });

  describe('a client only', () => {
    it('is compiled with every declaration looked at, and starts a workflow without @temporalio/worker', async () => {
      const { project } = given;
      await using stack = await fakeStack({ applicationName: 'postgres-extraction', frontend: true });
      await project.install('examples/client-only');
      expect(await project.run('build')).toEqual(well);
      const client = await project.run('start', {
        ...{ ...stack.env, ATLAN_APPLICATION_NAME: stack.applicationName },
        TEMPORAL_ADDRESS: stack.frontend?.address ?? '',
      });
      expect(client).toMatchObject({
        exitCode: 0,
        output: expect.stringMatching(/^started order-1$/m) as string,
      });
      expect(stack.frontend?.totals).toMatchObject({ rejected: 0 });
      const installed = await readdir(join(project.path, 'node_modules/@temporalio'));
      expect(installed).toContain('client');
      expect(installed).not.toContain('worker');
    }, 120_000);
  });

  describe('own connections', () => {
    it('run a workflow, and have their metadata and a token on every call', async () => {
      const { project } = given;
      await using stack = await fakeStack({ applicationName: 'postgres-extraction', frontend: true });
      await project.install('examples/own-connections');
      expect(await project.run('build')).toEqual(well);
      const program = await project.run('start', {
        ...{ ...stack.env, ATLAN_APPLICATION_NAME: stack.applicationName },
        TEMPORAL_ADDRESS: stack.frontend?.address ?? '',
      });
      expect(program).toMatchObject({
        exitCode: 0,
        output: expect.stringMatching(/^orders: 6 rows$/m) as string,
      });
      expect(stack.frontend?.totals).toMatchObject({ rejected: 0 });
      const calls = stack.frontend?.calls ?? [];
      expect(new Set(calls.map(({ metadata }) => metadata['x-team']))).toEqual(new Set(['extraction']));
      expect(stack.oauth.issuedTokens).toHaveLength(1);
    }, 180_000);
  });

  describe('the worker of the image for Kubernetes', () => {
    it('gets ready, and ends with 0 on SIGTERM', async () => {
      const { project } = given;
      await using stack = await fakeStack({ frontend: true });
      await project.install('examples/kubernetes');
      const port = await freePort();
      const env = {
        ...stack.env,
        ATLAN_APPLICATION_NAME: stack.applicationName,
        HEALTH_PORT: String(port),
        METRICS_PORT: '0',
        CORE_METRICS_PORT: '0',
        POD_IP: '127.0.0.1',
      };
      const isReady = (): Promise<boolean> =>
        fetch(`http://127.0.0.1:${port}/readyz`).then(
          ({ ok }) => ok,
          () => false,
        );
      const { program } = await project.runWhile('start', env, () => eventually('it is ready', isReady));
      expect(program).toMatchObject({ exitCode: 0 });
    }, 300_000);
  });
});

await describeWith(
  ['verdaccio', 'temporal-cli', 'temporalio'],
  'the example in Python, its agent installed from a registry,',
  () => {
    const given = installedProject();

    it('has in its worker what the page of readers shows', async () => {
      const page = await readFile(join(workspace, 'packages/agent/docs/agent-readers.md'), 'utf8');
      const [, shown = ''] = /^```python\n(.*?)^```$/ms.exec(page) ?? [];
      expect(shown).toContain('client.api_key');
      expect(await readFile(join(workspace, 'examples/python/worker.py'), 'utf8')).toContain(shown);
    });

    it('goes on reading its token, whatever becomes of the file', async () => {
      await using folder = await temporaryFolder();
      const driver = join(workspace, 'e2e/src/python/follow_token.py');
      const python = await pythonWithTemporal();
      const args = ['-B', driver, join(workspace, 'examples/python')];
      const { stdout } = await promisify(execFile)(python, args, { cwd: folder.path });
      const keys = ['first', 'sec', 'second', 'third', 'fourth'];
      expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toEqual({ keys, ended: null });
    });

    it('runs its workflows over three tokens and an outage of the OAuth server, rejected no call', async () => {
      const { project } = given;
      await using server = await startTemporalDevServer();
      await using temporal = await putGatewayBefore(server.address, 60);
      const { oauth, gateway } = temporal;
      const connection = await Connection.connect({ address: server.address });
      const client = new Client({ connection });
      let count = 0;
      const extract = async (): Promise<unknown> =>
        await client.workflow.execute('Extract', {
          ...{ taskQueue: 'python', workflowId: `python-${count++}`, args: ['orders'] },
        });
      const hasTokens = (number: number) => (): boolean => oauth.issuedTokens.length >= number;
      await project.install('examples/python');
      const env = {
        ...temporal.env,
        ...credentialsInEnvironment(oauth, 'postgres_extraction'),
        ATLAN_APPLICATION_NAME: 'postgres-extraction',
        TEMPORAL_ADDRESS: gateway.address,
        PATH: dirname(await pythonWithTemporal()),
      };
      const { result, program } = await project.runWhile('start', env, async () => {
        const first = await extract();
        await eventually('the third token', hasTokens(3));
        oauth.failWith('unavailable503');
        const requests = oauth.tokenRequests.length;
        await eventually('two failed requests', () => oauth.tokenRequests.length >= requests + 2);
        oauth.recover();
        await eventually('another token', hasTokens(4));
        const newest = tokenFingerprint(oauth.issuedTokens.at(-1) ?? '');
        await eventually('a poll with the newest token', async () => {
          await extract();
          return gateway.tokensOf('PollWorkflowTaskQueue').includes(newest);
        });
        return first;
      });
      await connection.close();
      expect(result).toBe(6);
      expect(program).toMatchObject({ exitCode: 0 });
      expect(program.output).not.toContain('Traceback');
      expect(gateway.totals.rejected).toBe(0);
    });
  },
);
