import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ExampleModules } from '../example-ground.ts';
import { exampleProgram } from '../example-program.ts';

const example = `import { type AddressInfo } from 'node:net';
import { basename } from 'node:path';

await using thing = { [Symbol.asyncDispose]: async () => console.log('gone') };
const address: Partial<AddressInfo> = { port: await Promise.resolve(7) };
console.log(address.port, basename(import.meta.url), typeof thing);
`;

async function output(modules: ExampleModules): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'example-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const { name, code } = await exampleProgram(example, modules, false);
  await writeFile(join(folder, name), code);
  return execFileSync(process.execPath, [join(folder, name)], { encoding: 'utf8', env: {} });
}

describe('what runs of an example', () => {
  it('is the example, word for word, where Node knows all of it', async () => {
    const program = await exampleProgram(example, 'import', true);
    expect(program).toEqual({ name: 'example.ts', code: example });
  });

  it('is the example, word for word, on an older Node when there is no `using` in it', async () => {
    const code = 'export const x: number = 1;\n';
    expect(await exampleProgram(code, 'import', false)).toMatchObject({ code });
  });

  it('has no `using` on an older Node, and does the same', async () => {
    expect((await exampleProgram(example, 'import', false)).code).not.toMatch(/\busing thing/);
    expect(await output('import')).toBe('7 example.mjs object\ngone\n');
  });

  it('does the same as CommonJS, by `require`', async () => {
    expect((await exampleProgram(example, 'require', true)).code).toMatch(/require\("node:path"\)/);
    expect(await output('require')).toBe('7 example.cjs object\ngone\n');
  });
});
