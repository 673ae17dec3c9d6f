import { temporalCliPath } from '@worker-auth/servers';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { AgentProcess, packageFolder } from '../src/agent/agent-process.ts';
import { describeWith } from '../src/fixtures/describe-with.ts';
import { credentialsInEnvironment, startGuardedTemporal } from '../src/fixtures/guarded-temporal.ts';
import { temporaryFolder } from '../src/fixtures/temporary-folder.ts';

/** Runs a line of a shell; resolves to its output, or to what it complains about. */
function shell(line: string, env: Readonly<Record<string, string | undefined>>): Promise<string> {
  return promisify(execFile)('sh', ['-c', line], { env }).then(
    ({ stdout }) => stdout,
    (error: unknown) => (error as { readonly stderr: string }).stderr,
  );
}

await describeWith(['temporal-cli'], "Temporal's command line", () => {
  it('is let in with the token in the file of an agent, and with that of "worker-auth token --raw"', async () => {
    await using temporal = await startGuardedTemporal();
    await using folder = await temporaryFolder();
    const { gateway, oauth } = temporal;
    const ofApplication = { ...temporal.env, ...credentialsInEnvironment(oauth, 'postgres_extraction') };
    const env = {
      ...{ PATH: process.env['PATH'], ATLAN_APPLICATION_NAME: 'postgres-extraction' },
      ...ofApplication,
    };
    await using agent = new AgentProcess({ env: ofApplication, out: join(folder.path, 'token') });
    await expect.poll(() => agent.token()).toBeDefined();
    const page = await readFile(join(packageFolder, 'docs/agent.md'), 'utf8');
    const [line = ''] = /temporal workflow list --api-key "[^"]+"/.exec(page) ?? [];
    const call = `${line.replace(/^temporal/, (await temporalCliPath()).path)} --address ${gateway.address} --tls=false -o json`;
    const file = '/var/run/worker-auth/token';
    expect(JSON.parse(await shell(call.replace(file, agent.out), env))).toEqual([]);
    const tokenCommand = `'${process.execPath}' --conditions=@worker-auth/source '${packageFolder}/src/cli.ts' token --raw`;
    expect(JSON.parse(await shell(call.replace(`cat ${file}`, tokenCommand), env))).toEqual([]);
    expect(oauth.issuedTokens).toHaveLength(2);
    expect(gateway.totals.refused).toBe(0);
    const other = join(folder.path, 'other');
    await writeFile(other, oauth.mintToken({ foreignKey: true }));
    expect(await shell(call.replace(file, other), env)).toContain('Request unauthorized');
  });
});
