import { afterAll, expect, it } from 'vitest';
import { borderCases } from '../src/border/cases.ts';
import { Scene } from '../src/border/scene.ts';
import { type Figures, tableOf, tryCase } from '../src/border/trial.ts';

// The proxy is a border: no caller and no Temporal ends it, starves it, or learns the token.

const figures: Figures[] = [];
let scene: Scene | undefined;

afterAll(async () => {
  await scene?.[Symbol.asyncDispose]();
  console.log(tableOf(figures));
});

it.each(borderCases)('withstands: $name', async (each) => {
  scene ??= await Scene.open();
  const found = await tryCase(scene, each);
  figures.push(found);
  if (found.wrong.length > 0) {
    await scene[Symbol.asyncDispose]();
    scene = undefined;
  }
  expect(found.wrong).toEqual([]);
});
