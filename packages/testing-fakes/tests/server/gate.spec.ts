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

it('lets everything pass at first, and after the release', async () => {
  const gate = new Gate();
  expect(await hasPassed(gate.pass())).toBe(true);
  gate.hold()();
  expect(await hasPassed(gate.pass())).toBe(true);
});

it('holds what comes until the release', async () => {
  const gate = new Gate();
  const release = gate.hold();
  const passing = gate.pass();
  expect(await hasPassed(passing)).toBe(false);
  release();
  await passing;
});

it('holds until all holds are released', async () => {
  const gate = new Gate();
  const [first, second] = [gate.hold(), gate.hold()];
  const passing = gate.pass();
  second();
  expect(await hasPassed(passing)).toBe(false);
  first();
  await passing;
});

it('holds what it is told to hold, and nothing else', async () => {
  const gate = new Gate<string>();
  const release = gate.hold((arrival) => arrival === 'a');
  const held = gate.pass('a');
  expect([await hasPassed(held), await hasPassed(gate.pass('b'))]).toEqual([false, true]);
  release();
  await held;
});

it('is opened at once by open()', async () => {
  const gate = new Gate();
  gate.hold();
  const passing = gate.pass();
  gate.open();
  await passing;
  expect(await hasPassed(gate.pass())).toBe(true);
});
