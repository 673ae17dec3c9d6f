import { expect, it } from 'vitest';
import { Gate } from '../../src/server/gate.ts';

async function hasPassed(passing: Promise<void>): Promise<boolean> {
  let passed = false;
  void passing.then(() => {
    passed = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  return passed;
}

it('holds until all holds are released', async () => {
  const gate = new Gate();
  const [first, second] = [gate.hold(), gate.hold()];
  const passing = gate.pass();
  second();
  expect(await hasPassed(passing)).toBe(false);
  first();
  await passing;
});
