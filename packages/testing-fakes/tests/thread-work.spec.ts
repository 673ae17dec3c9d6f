import { pbkdf2, pbkdf2Sync } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../src/fake-clock.ts';

const derive = promisify(pbkdf2);

const works: readonly (readonly [name: string, work: () => Promise<unknown>])[] = [
  ['a file', () => readFile(import.meta.filename)],
  ['cryptography of Node', () => derive('a', 'b', 50_000, 8, 'sha512')],
  ['the Web Cryptography API', () => crypto.subtle.digest('SHA-512', new Uint8Array(10_000_000))],
];

/** A clock that watches threads, until it is let go. */
function watching(): { readonly clock: FakeClock; readonly letGo: () => void } {
  const clock = new FakeClock({ patienceMs: 60_000 });
  return { clock, letGo: clock.holdWhile({ description: 'a client', isUnderWay: () => false }) };
}

/** What comes first: the work that is done, or a timer of the clock. */
async function first(clock: FakeClock, works: readonly Promise<unknown>[]): Promise<string | undefined> {
  const order: string[] = [];
  const done = Promise.all(works).then(() => order.push('the work'));
  clock.startTimer(() => order.push('the timer'), 10);
  await clock.advance(10);
  await done;
  return order[0];
}

describe('the time of a clock that a client is held for', () => {
  it.each(works)('stands still for %s', async (_name, work) => {
    const { clock, letGo } = watching();
    expect(await first(clock, [work()])).toBe('the work');
    letGo();
  });

  it('goes on after what is done at once', async () => {
    const { clock, letGo } = watching();
    pbkdf2Sync('a', 'b', 1, 8, 'sha512');
    await clock.advance(10);
    letGo();
  });

  it('goes on when all are let go, whatever is under way then or begins', async () => {
    const { clock, letGo } = watching();
    const another = clock.holdWhile({ description: 'a server', isUnderWay: () => false });
    letGo();
    expect(await first(clock, [derive('a', 'b', 50_000, 8, 'sha512')])).toBe('the work');
    const begun = derive('a', 'b', 300_000, 8, 'sha512');
    another();
    expect(await first(clock, [begun])).toBe('the timer');
    expect(await first(clock, [derive('a', 'b', 300_000, 8, 'sha512')])).toBe('the timer');
  });
});

it('a clock says for which work it has waited too long', async () => {
  const clock = new FakeClock({ patienceMs: 1 });
  const letGo = clock.holdWhile({ description: 'a client', isUnderWay: () => false });
  const work = derive('a', 'b', 300_000, 8, 'sha512');
  await expect(clock.advance(10)).rejects.toThrow(
    'The clock could not advance: work of a thread (a signature, a file) has been under way for 1 ms of real time. ' +
      'Have it answered, or let it hang: by hold(), a fault, or a handler that returns without a response',
  );
  letGo();
  await work;
});
