import { Emitter } from '@worker-auth/refresh-scheduler';
import { FakeClock, RecordingLogger } from '@worker-auth/testing-fakes';
import { beforeEach, describe, expect, it } from 'vitest';
import { Ledger, type LedgerEntry, type LedgerLimits } from '../../src/worker/ledger.ts';
import type { ProbeAnswer } from '../../src/worker/probe.ts';
import type { ProbeEvent, WatchdogEvents } from '../../src/worker/watchdog.ts';
import { RecordedEvents } from '../support/recorded-events.ts';
import { isSettled, rejection } from '../support/scene.ts';

const refused: ProbeAnswer = { kind: 'refused', reason: 'no' };
const unreachable: ProbeAnswer = { kind: 'unreachable', reason: 'nobody there' };

let clock: FakeClock;
let log: RecordingLogger;
let asked: (number | undefined | 'result')[];
let events: Emitter<Pick<WatchdogEvents, 'probed'>>;
let recorded: RecordedEvents;
/** How many listeners there are. */
let listening: number;
const watch = {
  isBad: false,
  heldToken: 'A',
  probeSoon: (withinMs?: number) => void asked.push(withinMs),
  resultSent: () => void asked.push('result'),
  on: (name: 'probed', listener: (event: ProbeEvent) => void) => {
    const off = events.on(name, listener);
    listening++;
    return () => {
      off();
      listening--;
    };
  },
};

beforeEach(() => {
  clock = new FakeClock();
  log = new RecordingLogger();
  asked = [];
  events = new Emitter();
  recorded = new RecordedEvents();
  listening = 0;
  Object.assign(watch, { isBad: false, heldToken: 'A' });
});

function open(limits?: Partial<LedgerLimits>): Ledger {
  const explain = (error: unknown): string => (error as Error).message;
  return new Ledger({ watch, clock, logger: log, explain, events: recorded, ...(limits && { limits }) });
}

/** A probe that is answered at once, begun `agoMs` before now. */
async function probe(answer: ProbeAnswer = { kind: 'good' }, { token = watch.heldToken, agoMs = 0 } = {}) {
  watch.isBad = answer.kind !== 'good';
  const startedAt = { monotonicMs: clock.monotonicNow() - agoMs, wallMs: 0 };
  events.emit('probed', { answer, token, startedAt });
  await clock.advance(0);
}

const of = { activityId: '7', activityType: 'extract', workflowId: 'one' };

/** An outcome, and how often it was told from here. */
function outcome(deliver: () => Promise<void> = () => Promise.resolve(), bytes = 1) {
  const entry = {
    told: 0,
    deliver: () => {
      entry.told++;
      return deliver();
    },
    bytes,
    settleMs: 250,
    of,
  };
  return entry satisfies LedgerEntry;
}

describe('an outcome that was told', () => {
  it('is confirmed by a good probe with the same token that began once it must have been told', async () => {
    const ledger = open();
    const entry = outcome();
    const arrived = ledger.keep(entry);
    expect(asked).toEqual(['result']);
    await clock.advance(250);
    await probe();
    expect(await arrived).toBe(true);
    expect(entry.told).toBe(0);
    expect(ledger.size).toBe(0);
  });

  it('is not confirmed by a probe that began before, which is followed by another', async () => {
    const ledger = open();
    const arrived = ledger.keep(outcome());
    await clock.advance(1_000);
    await probe({ kind: 'good' }, { agoMs: 751 });
    expect(await isSettled(arrived)).toBe(false);
    expect(asked).toEqual(['result', undefined]);
    await probe({ kind: 'good' }, { agoMs: 750 });
    expect(await arrived).toBe(true);
    expect(asked).toHaveLength(2);
  });

  it('is confirmed together with all others', async () => {
    const ledger = open();
    const all = Array.from({ length: 1_000 }, () => ledger.keep(outcome()));
    await clock.advance(250);
    await probe();
    expect(new Set(await Promise.all(all))).toEqual(new Set([true]));
  });

  it.each([refused, unreachable])('is told again after $kind, once a probe is good', async (answer) => {
    const ledger = open();
    const entry = outcome();
    const arrived = ledger.keep(entry);
    await clock.advance(250);
    await probe(answer);
    expect(entry.told).toBe(0);
    expect(recorded.names).toEqual([]);
    await probe();
    expect(await arrived).toBe(true);
    expect(entry.told).toBe(1);
    expect(recorded.of('outcomeRedelivered')).toEqual([of]);
  });

  it('is told again when it was told with a token that was replaced before a probe confirmed it', async () => {
    const ledger = open();
    const entry = outcome();
    const arrived = ledger.keep(entry);
    await clock.advance(250);
    expect(ledger.hasUnconfirmed('A')).toBe(true);
    expect(ledger.hasUnconfirmed('B')).toBe(false);
    watch.heldToken = 'B';
    await probe();
    expect(await arrived).toBe(true);
    expect(entry.told).toBe(1);
  });
});

describe('an outcome that the worker does not tell', () => {
  it('is told at once while the token is good', async () => {
    const entry = outcome();
    expect(await open().keep(entry, { isSuspect: true })).toBe(true);
    expect(entry.told).toBe(1);
    expect(recorded.names).toEqual([]);
  });

  it('is told after the next good probe while it is bad', async () => {
    const ledger = open();
    watch.isBad = true;
    const entry = outcome();
    const arrived = ledger.keep(entry, { isSuspect: true });
    expect(entry.told).toBe(0);
    expect(asked).toEqual([undefined]);
    await probe();
    expect(await arrived).toBe(true);
  });
});

describe('telling again', () => {
  it('makes ten calls at once, and goes on as they end', async () => {
    const ledger = open();
    const ends: (() => void)[] = [];
    const all = Array.from({ length: 25 }, () =>
      ledger.keep(
        outcome(() => new Promise((resolve) => ends.push(resolve))),
        { isSuspect: true },
      ),
    );
    await clock.advance(0);
    expect(ends).toHaveLength(10);
    for (let count = 0; count < 25; count++) {
      ends[count]?.();
      await clock.advance(0);
    }
    await Promise.all(all);
    expect(ledger.size).toBe(0);
  });

  it('waits for the next good probe after a failure, and lets others go first', async () => {
    const ledger = open();
    const told: string[] = [];
    let isRefused = true;
    const first = outcome(() => {
      told.push('first');
      return isRefused ? Promise.reject(new Error('refused')) : Promise.resolve();
    });
    watch.isBad = true;
    void ledger.keep(first, { isSuspect: true });
    void ledger.keep(
      outcome(() => Promise.resolve(void told.push('second'))),
      { isSuspect: true },
    );
    asked = [];
    await probe();
    expect(told).toEqual(['first', 'second']);
    expect(asked).toEqual([undefined]);
    isRefused = false;
    await probe();
    expect(told).toEqual(['first', 'second', 'first']);
    expect(ledger.size).toBe(0);
  });

  it('lets an outcome that came meanwhile go before those that have failed, which may fail for ever', async () => {
    const ledger = open();
    const fail: ((error: Error) => void)[] = [];
    for (let count = 0; count < 10; count++) {
      const stuck = outcome(() => new Promise((_resolve, reject) => fail.push(reject)));
      void ledger.keep(stuck, { isSuspect: true });
    }
    watch.isBad = true;
    const meanwhile = ledger.keep(outcome(), { isSuspect: true });
    for (const reject of fail.splice(0)) reject(new Error('refused'));
    await clock.advance(0);
    await probe();
    expect(await meanwhile).toBe(true);
    expect(fail).toHaveLength(10);
    expect(ledger.size).toBe(10);
  });

  it('is given up after five failures, each after a good probe, and the log says which outcome that was', async () => {
    const ledger = open();
    const entry = outcome(() => Promise.reject(new Error('too large')));
    const arrived = ledger.keep(entry, { isSuspect: true });
    for (let count = 1; count < 5; count++) {
      await clock.advance(0);
      expect(await isSettled(arrived)).toBe(false);
      await probe();
    }
    expect(await arrived).toBe(false);
    expect(entry.told).toBe(5);
    expect(log.messages('DEBUG')).toEqual(
      Array.from({ length: 4 }, () => 'The outcome of an activity could not be told yet'),
    );
    expect(log.entries.at(-1)).toMatchObject({
      level: 'ERROR',
      message: expect.stringContaining('given up') as string,
      meta: { activityId: '7', reason: 'too large' },
    });
    expect(recorded.of('outcomeGivenUp')).toEqual([{ ...of, reason: 'too large' }]);
    expect(ledger.size).toBe(0);
  });
});

describe('the bounds', () => {
  const never = new AbortController().signal;

  it.each([
    ['number', { maxEntries: 2 }],
    ['bytes', { maxBytes: 20 }],
  ])('of %s let an outcome wait until a probe has confirmed others', async (_name, limits) => {
    const ledger = open(limits);
    void ledger.keep(outcome(undefined, 10));
    await ledger.room(10, never);
    void ledger.keep(outcome(undefined, 10));
    asked = [];
    const room = ledger.room(10, never);
    expect(await isSettled(room)).toBe(false);
    expect(asked).toEqual([0]);
    await clock.advance(250);
    await probe();
    await room;
  });

  it('count what is kept, and nothing that has arrived', async () => {
    const ledger = open({ maxBytes: 20 });
    void ledger.keep(outcome(undefined, 10));
    await clock.advance(100);
    void ledger.keep(outcome(undefined, 10));
    await clock.advance(150);
    await probe();
    expect(ledger.size).toBe(1);
    expect(await isSettled(ledger.room(10, never))).toBe(true);
    expect(await isSettled(ledger.room(11, never))).toBe(false);
  });

  it('let one that is larger than all there is have it to itself', async () => {
    const ledger = open({ maxBytes: 20 });
    await ledger.room(1_000, never);
    void ledger.keep(outcome(undefined, 1_000));
    const room = ledger.room(1, never);
    expect(await isSettled(room)).toBe(false);
    await clock.advance(250);
    await probe();
    await room;
  });

  it('are waited at no longer than the signal says', async () => {
    const ledger = open({ maxEntries: 1 });
    void ledger.keep(outcome());
    const leaving = new AbortController();
    const failed = rejection(ledger.room(1, leaving.signal));
    leaving.abort(new Error('the activity was cancelled'));
    expect(await failed).toBe(leaving.signal.reason);
  });
});

describe('the end', () => {
  it('waits until every outcome is known to have arrived, and asks for the probe that can say so', async () => {
    const ledger = open();
    void ledger.keep(outcome());
    await clock.advance(100);
    void ledger.keep(outcome());
    asked = [];
    const flushed = ledger.flush(new AbortController().signal);
    expect(asked).toEqual([250]);
    await clock.advance(200);
    await probe();
    expect(await isSettled(flushed)).toBe(false);
    expect(asked.at(-1)).toBe(250);
    await clock.advance(50);
    await probe();
    await flushed;
  });

  it('asks for that probe again after one that began too early, and no longer once the caller has left', async () => {
    const ledger = open();
    void ledger.keep(outcome());
    const leaving = new AbortController();
    const failed = rejection(ledger.flush(leaving.signal));
    asked = [];
    await probe();
    expect(asked).toEqual([250]);
    leaving.abort(new Error('too late'));
    await failed;
    await probe();
    expect(asked).toEqual([250, undefined]);
  });

  it('is at once when there is nothing, and has a bound of its caller’s', async () => {
    const ledger = open();
    await ledger.flush(new AbortController().signal);
    void ledger.keep(outcome());
    const leaving = new AbortController();
    const failed = rejection(ledger.flush(leaving.signal));
    leaving.abort(new Error('too late'));
    expect(await failed).toBe(leaving.signal.reason);
    expect(ledger.size).toBe(1);
  });

  it('forgets everything when it is closed, and listens to no probe any more', async () => {
    const ledger = open();
    const entry = outcome();
    const arrived = ledger.keep(entry);
    ledger.close();
    expect(await arrived).toBe(false);
    expect(listening).toBe(0);
    await probe(refused);
    await probe();
    expect(entry.told).toBe(0);
  });

  it('forgets outcomes that are still to be told from here, too', async () => {
    const ledger = open();
    const stuck = Array.from({ length: 10 }, () => outcome(() => new Promise(() => undefined)));
    const due = outcome();
    for (const entry of [...stuck, due]) void ledger.keep(entry, { isSuspect: true });
    watch.isBad = true;
    const suspect = outcome();
    void ledger.keep(suspect, { isSuspect: true });
    ledger.close();
    expect(ledger.size).toBe(0);
    await probe();
    expect([due.told, suspect.told]).toEqual([0, 0]);
  });

  it('forgets an outcome that is just being told, too: when it fails then, it is not kept again', async () => {
    const ledger = open();
    const entry = outcome(() => Promise.reject(new Error('refused')));
    const arrived = ledger.keep(entry, { isSuspect: true });
    ledger.close();
    expect(await arrived).toBe(false);
    await clock.advance(0);
    expect(ledger.size).toBe(0);
  });
});
