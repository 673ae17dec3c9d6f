import { findProgram } from '@worker-auth/servers';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { AgentProcess, packageFolder } from '../src/agent/agent-process.ts';
import { describeWith } from '../src/fixtures/describe-with.ts';
import { credentialsInEnvironment, startTemporalWithGateway } from '../src/fixtures/temporal-with-gateway.ts';
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
    await using temporal = await startTemporalWithGateway();
    await using folder = await temporaryFolder();
    const { gateway, oauth } = temporal;
    const ofApplication = { ...temporal.env, ...credentialsInEnvironment(oauth, 'postgres_extraction') };
    const other = join(folder.path, 'other');
    const env = {
      ...{ PATH: process.env['PATH'], ATLAN_APPLICATION_NAME: 'postgres-extraction' },
      ...ofApplication,
      // Paths stand in variables: a shell splits their values at no space.
      ...{
        TEMPORAL: (await findProgram('temporal-cli')).path,
        TOKEN: join(folder.path, 'token'),
        OTHER: other,
      },
      ...{ NODE: process.execPath, CLI: join(packageFolder, 'src/cli.ts') },
    };
    await using agent = new AgentProcess({ env: ofApplication, out: env.TOKEN });
    await expect.poll(() => agent.token()).toBeDefined();
    const page = await readFile(join(packageFolder, 'docs/agent.md'), 'utf8');
    const [line = ''] = /temporal workflow list --api-key "[^"]+"/.exec(page) ?? [];
    const call = `${line.replace(/^temporal/, '"$TEMPORAL"')} --address ${gateway.address} --tls=false -o json`;
    const file = '/var/run/worker-auth/token';
    expect(JSON.parse(await shell(call.replace(file, '"$TOKEN"'), env))).toEqual([]);
    const tokenCommand = '"$NODE" --conditions=@worker-auth/source "$CLI" token --raw';
    expect(JSON.parse(await shell(call.replace(`cat ${file}`, tokenCommand), env))).toEqual([]);
    expect(oauth.issuedTokens).toHaveLength(2);
    expect(gateway.totals.rejected).toBe(0);
    await writeFile(other, oauth.mintToken({ foreignKey: true }));
    expect(await shell(call.replace(file, '"$OTHER"'), env)).toContain('Request unauthorized');
  });
});
