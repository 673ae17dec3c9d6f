import { Client, Connection } from '@temporalio/client';
import { pythonWithTemporal, startTemporalDevServer } from '@worker-auth/servers';
import { tokenFingerprint } from '@worker-auth/testing-fakes';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { AgentProcess } from '../src/agent/agent-process.ts';
import { describeWith } from '../src/fixtures/describe-with.ts';
import { eventually } from '../src/fixtures/eventually.ts';
import { temporaryFolder } from '../src/fixtures/temporary-folder.ts';
import { credentialsInEnvironment, putGatewayBefore } from '../src/fixtures/temporal-with-gateway.ts';

const workspace = join(import.meta.dirname, '../..');

// `pages.spec.ts` runs the others as their READMEs say, and `kubernetes-example.spec.ts` that for Kubernetes.
await describeWith(['temporal-cli', 'temporalio'], 'the example in Python, beside its agent,', () => {
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
    await using folder = await temporaryFolder();
    const out = join(folder.path, 'token');
    const env = {
      ...{ ...temporal.env, ...credentialsInEnvironment(oauth, 'postgres_extraction') },
      ...{ ATLAN_APPLICATION_NAME: 'postgres-extraction', TEMPORAL_ADDRESS: gateway.address },
    };
    const example = join(workspace, 'examples/python');
    // As `npm start` does, in another folder: the worker finds the token in the one that it runs in.
    const program = [await pythonWithTemporal(), '-B', join(example, 'worker.py')];
    await using agent = new AgentProcess({ env, out, args: ['--', ...program], cwd: folder.path });
    expect(await extract()).toBe(6);
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
    await connection.close();
    expect(await agent.end('SIGTERM')).toBe(0);
    expect(agent.lines.join('\n')).not.toContain('Traceback');
    expect(gateway.totals.rejected).toBe(0);
  });
});
