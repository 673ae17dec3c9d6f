import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { machines } from '../src/machines.ts';
import { drawMachines, drawTokens, type Pictures } from '../src/pictures.ts';

const folder = join(import.meta.dirname, '../../docs/guides/pictures');
const howItWorks = await readFile(join(folder, '../how-it-works.md'), 'utf8');

async function committed(names: readonly string[]): Promise<Pictures> {
  const texts = names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const);
  return Object.fromEntries(await Promise.all(texts));
}

describe('the pictures', () => {
  it('are as many as the code gives, each shown on the page', async () => {
    const names = ['token-life.svg', ...machines.map(({ name }) => `${name}.svg`)].sort();
    expect((await readdir(folder)).sort()).toEqual(names);
    for (const name of names) expect(howItWorks).toContain(`(./pictures/${name})`);
  });

  it('of the lives of tokens is what the scheduler does now', async () => {
    expect(await drawTokens()).toEqual(await committed(['token-life.svg']));
  });

  it('of the state machines are what the code and its tests do now', { timeout: 600_000 }, async () => {
    const pictures = await drawMachines();
    expect(pictures).toEqual(await committed(Object.keys(pictures)));
  });
});
