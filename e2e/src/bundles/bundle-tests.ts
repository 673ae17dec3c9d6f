import { fakeStack } from '@worker-auth/testing-fakes';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';
import { bundledProject } from './bundled-project.ts';
import type { Bundler } from './bundler.ts';
import { clientProgram, namesProgram, outputOf } from './programs.ts';

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
    const program = await project.write(
      'client.js',
      name.endsWith('esm') ? clientProgram : inFunction(clientProgram),
    );
    const { file, warnings } = await bundle(program, target.path);
    expect(warnings).toEqual([]);
    await using stack = await fakeStack({ applicationName: 'order-service', frontend: true });
    const env = { ...stack.env, TEMPORAL_ADDRESS: stack.frontend?.address ?? '' };
    expect(await outputOf(file, project.path, env)).toBe('default');
    expect(stack.oauth.issuedTokens).toHaveLength(1);
  });

  it(`each entry of each package has its names when it is bundled by ${name}, without a warning`, async () => {
    // In CommonJS a module that is linked is warned of: it cannot know where it is. The folder of the program counts there.
    await using project = await bundledProject(name.endsWith('esm') ? 'linked' : 'installed');
    await using target = await temporaryFolder();
    const program = await namesProgram(project);
    const { file, warnings } = await bundle(program, target.path);
    expect(warnings).toEqual([]);
    expect(await outputOf(file, target.path)).toBe(await outputOf(program, project.path));
  });
}
