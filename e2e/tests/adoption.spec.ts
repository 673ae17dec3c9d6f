import { startTemporalDevServer } from '@worker-auth/servers';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { adoption, helloWorld } from '../src/consumers/adoption.ts';
import { projectFolder } from '../src/consumers/project-folder.ts';
import { describeWith } from '../src/fixtures/describe-with.ts';
import { credentialsInEnvironment, putGatewayBefore } from '../src/fixtures/temporal-with-gateway.ts';
import { publishAll } from '../src/registry/publish-all.ts';
import { type Registry, startRegistry } from '../src/registry/registry.ts';

const readme = new URL('../../packages/temporal-auth/README.md', import.meta.url);
const firstPage = new URL('../../README.md', import.meta.url);

it('the plugin is adopted by at most ten changed lines, which the READMEs show', async () => {
  const changed = [...(await adoption())].filter(([, lines]) => lines.length > 0);
  // A line that is changed counts twice: as the old one and as the new one.
  expect(changed.flatMap(([, lines]) => lines).length).toBeLessThanOrEqual(10);
  const shown = changed.map(([file, lines]) => [`# ${file}`, ...lines].join('\n')).join('\n');
  expect(await readFile(readme, 'utf8')).toContain(`\`\`\`diff\n${shown}\n\`\`\``);
  const [, ofWorker = ''] = /^```diff\n(.*?)\n```$/ms.exec(await readFile(firstPage, 'utf8')) ?? [];
  expect(ofWorker).not.toBe('');
  expect(shown).toContain(ofWorker);
});

await describeWith(['verdaccio'], 'a project with the plugin, installed from a registry', () => {
  it('runs its workflow behind an authorizer, with no call refused and no package linked', async () => {
    await using registry = await startRegistry();
    await publishAll(registry);
    await using project = await projectFolder(registry);
    await using server = await startTemporalDevServer();
    await using temporal = await putGatewayBefore(server.address);
    await project.install(helloWorld.adopted);
    expect(await project.run('build')).toEqual({ exitCode: 0, output: '' });
    const env = {
      ...temporal.env,
      ...credentialsInEnvironment(temporal.oauth, 'hello_world'),
      TEMPORAL_ADDRESS: temporal.gateway.address,
    };
    const client = (): Promise<unknown> => project.run('workflow', env);
    const { result, program } = await project.runWhile('start', env, client);
    expect(result).toMatchObject({
      exitCode: 0,
      output: expect.stringContaining('Hello, Temporal!') as string,
    });
    expect(program).toMatchObject({ exitCode: 0 });
    expect(temporal.gateway.totals.refused).toBe(0);
    await expectFromRegistry(registry, project.path);
  });
});

async function expectFromRegistry(registry: Registry, folder: string): Promise<void> {
  const lock = JSON.parse(await readFile(join(folder, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, { readonly link?: boolean; readonly integrity?: string }>>;
  };
  expect(Object.values(lock.packages).filter(({ link = false }) => link)).toEqual([]);
  for (const name of ['refresh-scheduler', 'secret-store', 'temporal-auth', 'token-manager']) {
    const published = await fetch(`${registry.url}@worker-auth%2f${name}`);
    const { versions } = (await published.json()) as {
      readonly versions: Readonly<Record<string, { readonly dist: { readonly integrity: string } }>>;
    };
    const { integrity } = lock.packages[`node_modules/@worker-auth/${name}`] ?? {};
    expect(Object.values(versions).map(({ dist }) => dist.integrity)).toEqual([integrity]);
  }
}
