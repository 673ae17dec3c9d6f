import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

/** Which of the packages an import in a new process loads. */
function loadedBy(specifier: string): readonly string[] {
  const program = `
    import { registerHooks } from 'node:module';
    const loaded = new Set();
    registerHooks({ resolve(name, context, next) {
      const resolved = next(name, context);
      for (const wanted of ['@dapr/dapr', 'ky', 'zod']) if (resolved.url.includes('/node_modules/' + wanted + '/')) loaded.add(wanted);
      return resolved;
    } });
    await import(${JSON.stringify(specifier)});
    console.log([...loaded].sort().join());`;
  const args = ['--conditions=@worker-auth/source', '--input-type=module', '--eval', program];
  const cwd = join(import.meta.dirname, '..');
  const output = execFileSync(process.execPath, args, { cwd, encoding: 'utf8' }).trim();
  return output === '' ? [] : output.split(',');
}

describe('an import', () => {
  it.each([
    '@worker-auth/secret-store',
    '@worker-auth/secret-store/dapr-sdk',
    '@worker-auth/secret-store/service',
  ])('of %s loads neither @dapr/dapr nor an HTTP client', (entry) => {
    expect(loadedBy(entry)).toEqual(['zod']);
  });

  it('of @dapr/dapr would be seen', () => {
    expect(loadedBy('@dapr/dapr')).toContain('@dapr/dapr');
  });
});
