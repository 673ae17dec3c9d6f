import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

// A busy machine takes seconds to start a process.

const program = fileURLToPath(new URL('../support/observed-program.ts', import.meta.url));

/** The last line of what a process of its own says, and what it logs. */
async function run(...args: string[]): Promise<{ readonly reported: unknown; readonly log: string }> {
  const node = ['--conditions=@worker-auth/source', ...args];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, node, { cwd: import.meta.dirname });
  return { reported: JSON.parse(stdout.trim().split('\n').at(-1) ?? ''), log: stderr };
}

describe('the API of OpenTelemetry', () => {
  it('is not loaded by a program that does not ask for it', async () => {
    expect((await run(program)).reported).toEqual({ tokens: 1, modules: [] });
  });

  it('does nothing where no SDK is registered: tokens come as ever, and the process ends', async () => {
    const { reported, log } = await run(program, 'observed');
    expect(reported).toEqual({ tokens: 1, modules: ['@opentelemetry/api'] });
    expect(log).not.toMatch(/warn|error/i);
  });

  it('is all that its entry loads of others', async () => {
    const load = `
      import { registerHooks } from 'node:module';
      const loaded = [];
      registerHooks({ load: (url, context, nextLoad) => { loaded.push(url); return nextLoad(url, context); } });
      await import('@worker-auth/temporal-auth/opentelemetry');
      console.log(JSON.stringify(loaded));`;
    const loaded = (await run('--input-type=module', '--eval', load)).reported as string[];
    const foreign = loaded.filter((url) => url.includes('/node_modules/'));
    expect(foreign.length).toBeGreaterThan(0);
    expect(foreign.filter((url) => !url.includes('/node_modules/@opentelemetry/api/'))).toEqual([]);
  });
});
