import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { declaredStates } from '../src/declared-states.ts';
import { machines } from '../src/machines.ts';
import { drawTokens, type Pictures } from '../src/pictures.ts';

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

  // The arrows take a run of the packages' tests: `nx pictures guides` compares them.
  it('of the state machines have each state that the code declares', async () => {
    for (const [name, states] of declaredStates()) {
      const picture = (await committed([`${name}.svg`]))[`${name}.svg`];
      expect(states.length).toBeGreaterThan(1);
      for (const state of states) expect(picture, name).toContain(`>${state}</text>`);
    }
  });
});
