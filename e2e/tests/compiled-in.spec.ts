import { MockOAuthServer } from '@worker-auth/testing-fakes';
import { glob, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { linkedProject } from '../src/consumers/linked-project.ts';

const packages = join(import.meta.dirname, '../../packages');

interface Loaded {
  readonly token: string;
  readonly byImport: readonly string[];
  readonly byToken: readonly string[];
}

describe('token-manager as it is published, with nothing else installed', () => {
  it('loads ky and zod, which are compiled in, for the first token and not by its import', async () => {
    await using oauth = await MockOAuthServer.start();
    await using project = await linkedProject('first-token', []);
    const { output } = await project.run(['main.js', oauth.tokenUrl, oauth.clientId, oauth.clientSecret]);
    const { token, byImport, byToken } = JSON.parse(output) as Loaded;
    expect(oauth.issuedTokens).toContain(token);
    expect(byImport.length).toBeGreaterThan(1);
    expect(await compiledInto(byImport)).toEqual([]);
    expect(await compiledInto(byToken)).toEqual(['ky', 'zod']);
  });

  it('takes less than 1 MB, refresh-scheduler included', async () => {
    const sizes = await Promise.all(['token-manager', 'refresh-scheduler'].map(publishedBytes));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(1_000_000);
  });
});

/** The packages of others of which something is in the modules, by the sources that their source maps name. */
async function compiledInto(modules: readonly string[]): Promise<readonly string[]> {
  const names = modules.map(async (url) => {
    const map = await readFile(`${fileURLToPath(url)}.map`, 'utf8');
    const { sources } = JSON.parse(map) as { readonly sources: readonly string[] };
    return sources.flatMap((source) => /\/node_modules\/([^/]+)\//.exec(source)?.[1] ?? []);
  });
  return [...new Set((await Promise.all(names)).flat())].sort();
}

async function publishedBytes(name: string): Promise<number> {
  let bytes = 0;
  for await (const entry of glob('**', { cwd: join(packages, name, 'publish'), withFileTypes: true })) {
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size;
  }
  return bytes;
}
