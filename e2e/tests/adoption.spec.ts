import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { adoption, compileProject } from '../src/consumers/hello-world.ts';
import { credentialsInEnvironment, startGuardedTemporal } from '../src/fixtures/guarded-temporal.ts';

const readme = new URL('../../packages/temporal-auth/README.md', import.meta.url);

it('the plugin is adopted by at most ten changed lines, which the README shows', async () => {
  const changed = [...(await adoption())].filter(([, lines]) => lines.length > 0);
  // A line that is changed counts twice: as the old one and as the new one.
  expect(changed.flatMap(([, lines]) => lines).length).toBeLessThanOrEqual(10);
  const shown = changed.map(([file, lines]) => [`# ${file}`, ...lines].join('\n')).join('\n');
  expect(await readFile(readme, 'utf8')).toContain(`\`\`\`diff\n${shown}\n\`\`\``);
});

it('a project that has adopted it runs its workflow behind an authorizer, with no call refused', async () => {
  await using temporal = await startGuardedTemporal();
  await using project = await compileProject('hello-world-adopted');
  const env = {
    ...temporal.env,
    ...credentialsInEnvironment(temporal.oauth, 'hello_world'),
    TEMPORAL_ADDRESS: temporal.gateway.address,
  };
  const client = project.client(env);
  const worker = await project.worker(env, client);
  expect(await client).toMatchObject({
    exitCode: 0,
    output: expect.stringContaining('Hello, Temporal!') as string,
  });
  expect(worker).toMatchObject({ exitCode: 0 });
  expect(temporal.gateway.totals.refused).toBe(0);
});

it('a project that has not is refused there', async () => {
  await using temporal = await startGuardedTemporal();
  await using project = await compileProject('hello-world');
  const client = await project.client({ TEMPORAL_ADDRESS: temporal.gateway.address });
  expect(client).toMatchObject({
    exitCode: 1,
    output: expect.stringContaining('PERMISSION_DENIED') as string,
  });
  expect(temporal.gateway.totals.refused).toBeGreaterThan(0);
});
