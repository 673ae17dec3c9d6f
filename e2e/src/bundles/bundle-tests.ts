import { cleanEnvironment } from '@worker-auth/servers';
import { fakeStack } from '@worker-auth/testing-fakes';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';
import { type BundledProject, bundledProject } from './bundled-project.ts';
import type { Bundler } from './bundler.ts';

/** As a service is written that starts workflows and runs none. The profile is read by an optional peer, which is not bundled. */
const client = `import { Client, Connection } from '@temporalio/client';
import { temporalAuth } from '@worker-auth/temporal-auth/client';
const auth = temporalAuth({ applicationName: 'order-service', profile: true });
const connection = await Connection.connect({ address: process.env['TEMPORAL_ADDRESS'], plugins: [auth] });
const client = new Client({ connection });
const { namespaceInfo } = await client.workflowService.describeNamespace({ namespace: 'default' });
console.log(namespaceInfo.name);
await connection.close();
await auth.close();
`;

/** CommonJS has no \`await\` at its top. */
function inFunction(program: string): string {
  const lines = program.split('\n');
  const imports = lines.filter((line) => line.startsWith('import '));
  return `${imports.join('\n')}\nvoid (async () => {\n${lines.slice(imports.length).join('\n')}})();\n`;
}

/** Registers the tests of a bundler. */
export function testBundler({ name, bundle }: Bundler): void {
  it(`a client that is bundled by ${name} makes an authenticated call, without a warning`, async () => {
    await using project = await bundledProject('installed');
    await using target = await temporaryFolder();
    const program = await project.write('client.js', name.endsWith('esm') ? client : inFunction(client));
    const { file, warnings } = await bundle(program, target.path);
    expect(warnings).toEqual([]);
    await using stack = await fakeStack({ applicationName: 'order-service', frontend: true });
    const env = { ...stack.env, TEMPORAL_ADDRESS: stack.frontend?.address ?? '' };
    expect(await run(file, project.path, env)).toBe('default');
    expect(stack.oauth.issuedTokens).toHaveLength(1);
  });

  it(`each entry of each package has its names when it is bundled by ${name}, without a warning`, async () => {
    // In CommonJS a module that is linked is warned of: it cannot know where it is. The folder of the program counts there.
    await using project = await bundledProject(name.endsWith('esm') ? 'linked' : 'installed');
    await using target = await temporaryFolder();
    const program = await namesProgram(project);
    const { file, warnings } = await bundle(program, target.path);
    expect(warnings).toEqual([]);
    expect(await run(file, target.path)).toBe(await run(program, project.path));
  });
}

function namesProgram({ entries, write }: BundledProject): Promise<string> {
  const imports = entries.map((entry, index) => `import * as entry${index} from '${entry}';`);
  const names = entries.map((entry, index) => `'${entry}': Object.keys(entry${index}).sort()`);
  return write('names.js', `${imports.join('\n')}\nconsole.log(JSON.stringify({ ${names.join(', ')} }));\n`);
}

async function run(file: string, cwd: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
  const settings = { cwd, env: { ...cleanEnvironment(), ...env }, timeout: 120_000 };
  return (await promisify(execFile)(process.execPath, [file], settings)).stdout.trim();
}
