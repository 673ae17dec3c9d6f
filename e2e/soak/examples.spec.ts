import { Client, Connection } from '@temporalio/client';
import { freePort, pythonWithTemporal, startTemporalDevServer } from '@worker-auth/servers';
import { fakeStack, tokenFingerprint } from '@worker-auth/testing-fakes';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ProjectFolder, projectFolder } from '../src/registry/project-folder.ts';
import { describeWith } from '../src/fixtures/describe-with.ts';
import { eventually } from '../src/fixtures/eventually.ts';
import { temporaryFolder } from '../src/fixtures/temporary-folder.ts';
import { credentialsInEnvironment, putGatewayBefore } from '../src/fixtures/temporal-with-gateway.ts';
import { publishAll } from '../src/registry/publish-all.ts';
import { type Registry, startRegistry } from '../src/registry/registry.ts';

const workspace = join(import.meta.dirname, '../..');

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

// `pages.spec.ts` runs the others as their READMEs say.
await describeWith(['verdaccio'], 'an example, installed from a registry:', () => {
  const given = installedProject();

  it('the worker of the image for Kubernetes, gets ready, and ends with 0 on SIGTERM', async () => {
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

await describeWith(
  ['verdaccio', 'temporal-cli', 'temporalio'],
  'the example in Python, its agent installed from a registry,',
  () => {
    const given = installedProject();

    it('has in its worker what the page of readers shows', async () => {
      const page = await readFile(join(workspace, 'packages/temporal-auth/docs/agent-readers.md'), 'utf8');
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
