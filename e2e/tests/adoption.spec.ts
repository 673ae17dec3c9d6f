import { startTemporalDevServer } from '@worker-auth/servers';
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { adoption, helloWorld } from '../src/consumers/adoption.ts';
import { packedProject } from '../src/consumers/packed-project.ts';
import { credentialsInEnvironment, guardTemporal } from '../src/fixtures/guarded-temporal.ts';

const readme = new URL('../../packages/temporal-auth/README.md', import.meta.url);

it('the plugin is adopted by at most ten changed lines, which the README shows', async () => {
  const changed = [...(await adoption())].filter(([, lines]) => lines.length > 0);
  // A line that is changed counts twice: as the old one and as the new one.
  expect(changed.flatMap(([, lines]) => lines).length).toBeLessThanOrEqual(10);
  const shown = changed.map(([file, lines]) => [`# ${file}`, ...lines].join('\n')).join('\n');
  expect(await readFile(readme, 'utf8')).toContain(`\`\`\`diff\n${shown}\n\`\`\``);
});

it('a project with the packed packages runs its workflow by the plugin behind an authorizer, with no call refused', async () => {
  await using project = await packedProject(helloWorld.adopted);
  await using server = await startTemporalDevServer();
  await using temporal = await guardTemporal(server.address);
  const env = {
    ...temporal.env,
    ...credentialsInEnvironment(temporal.oauth, 'hello_world'),
    TEMPORAL_ADDRESS: temporal.gateway.address,
  };
  expect(await project.run('build')).toEqual({ exitCode: 0, output: '' });
  const client = (): Promise<unknown> => project.run('workflow', env);
  const { result, program } = await project.runWhile('start', env, client);
  expect(result).toMatchObject({
    exitCode: 0,
    output: expect.stringContaining('Hello, Temporal!') as string,
  });
  expect(program).toMatchObject({ exitCode: 0 });
  expect(temporal.gateway.totals.refused).toBe(0);
});
