import { FakeClock } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { Lane, type LaneCall, laneCall } from '@worker-auth/calls/delivery/lane';
import { isSettled } from '../support/scene.ts';

const signal = new AbortController().signal;

function open() {
  const clock = new FakeClock();
  return { clock, lane: new Lane(clock, () => 1 - 1e-9), nowMs: clock.monotonicNow() };
}

/** Calls that wait in the lane, and the order in which they are made. */
function enterAll(lane: Lane, calls: readonly LaneCall[]): LaneCall[] {
  const made: LaneCall[] = [];
  for (const call of calls) void lane.enter(call, signal).then(() => made.push(call));
  return made;
}

/** A call has failed, and waits no longer. */
function close({ lane, nowMs }: Pick<ReturnType<typeof open>, 'lane' | 'nowMs'>, minMs = 0): LaneCall {
  const call = laneCall(0, Infinity);
  expect(lane.failed(call, nowMs, minMs)).toBe(0);
  return call;
}

describe('a lane', () => {
  it('is open while calls are accepted', () => {
    const { lane, nowMs } = open();
    lane.accepted(laneCall(10, Infinity), nowMs);
    expect(lane.isOpen).toBe(true);
  });

  it('lets one call try after a failure, the one that costs the least', async () => {
    const { clock, lane, nowMs } = open();
    close({ lane, nowMs });
    const [large, small] = [laneCall(2_000, 1), laneCall(1_000, 2)];
    const made = enterAll(lane, [large, small]);
    await clock.advance(499);
    expect(made).toEqual([]);
    await clock.advance(1);
    expect(made).toEqual([small]);
    await clock.advance(60_000);
    expect(made).toEqual([small]);
  });

  it('waits longer from canary to canary, up to 2 s, each another call', async () => {
    const { clock, lane, nowMs } = open();
    close({ lane, nowMs });
    const calls = [laneCall(1, 1), laneCall(2, 2), laneCall(3, 3)];
    const made: (readonly [LaneCall, number])[] = [];
    const send = async (call: LaneCall): Promise<void> => {
      for (;;) {
        await lane.enter(call, signal);
        made.push([call, clock.monotonicNow() - nowMs]);
        lane.failed(call, clock.monotonicNow(), 0);
      }
    };
    for (const call of calls) void send(call);
    await clock.advance(8_000);
    expect(made.map(([call, atMs]) => [call.bytes, atMs])).toEqual([
      ...[[1, 500], [2, 1_500], [3, 3_500], [1, 5_500], [2, 7_500]], // oxfmt-ignore
    ]);
  });

  it('lets the rest go in waves once the canary is accepted, those first that end first', async () => {
    const { clock, lane, nowMs } = open();
    close({ lane, nowMs });
    const made = enterAll(
      lane,
      Array.from({ length: 20 }, (_, index) => laneCall(1, 20 - index)),
    );
    await clock.advance(500);
    const waves: number[] = [];
    for (let done = 0; done < 20;) {
      const wave = made.slice(done);
      waves.push(wave.length);
      done += wave.length;
      for (const call of wave) lane.accepted(call, clock.monotonicNow());
      await clock.advance(0);
    }
    expect(waves).toEqual([1, 2, 4, 8, 5]);
    expect(made.slice(1).map(({ endMs }) => endMs)).toEqual(
      made.slice(1).map(({ endMs }) => endMs).sort((a, b) => a - b), // oxfmt-ignore
    );
    expect(lane.isOpen).toBe(true);
  });

  it('has no more than 4 MiB of those under way, or one call', async () => {
    const { clock, lane, nowMs } = open();
    close({ lane, nowMs });
    const made = enterAll(
      lane,
      [5_000_000, 2_000_000, 2_000_000, 2_000_000].map((bytes) => laneCall(bytes, bytes)),
    );
    await clock.advance(500);
    const sizes: (readonly number[])[] = [];
    for (let done = 0; done < 4;) {
      const wave = made.slice(done);
      sizes.push(wave.map(({ bytes }) => bytes));
      done += wave.length;
      for (const call of wave) lane.accepted(call, clock.monotonicNow());
      await clock.advance(0);
    }
    expect(sizes).toEqual([[2_000_000], [2_000_000, 2_000_000], [5_000_000]]);
  });

  it('takes 4 MiB to the byte, those included that are under way', async () => {
    const { clock, lane, nowMs } = open();
    close({ lane, nowMs });
    const mebibyte = 1_048_576;
    const sizes = [1, 2, 3 * mebibyte, mebibyte, 4, 2 * mebibyte];
    const made = enterAll(lane, sizes.map((bytes, index) => laneCall(bytes, index))); // oxfmt-ignore
    const accept = async (...bytes: readonly number[]): Promise<readonly number[]> => {
      const before = made.length;
      for (const call of made.filter((one) => bytes.includes(one.bytes)))
        lane.accepted(call, clock.monotonicNow());
      await clock.advance(0);
      return made.slice(before).map((one) => one.bytes);
    };
    await clock.advance(500);
    expect(await accept(1)).toEqual([2, 3 * mebibyte]);
    expect(await accept(2)).toEqual([mebibyte]);
    expect(await accept(mebibyte)).toEqual([4]);
    expect(await accept(4)).toEqual([]);
    expect(await accept(3 * mebibyte)).toEqual([2 * mebibyte]);
  });

  it('has a call try that failed less often, and of equal ones the first', async () => {
    const { clock, lane, nowMs } = open();
    close({ lane, nowMs });
    const [twice, once, last] = [2, 1, 1].map((failures) => ({ ...laneCall(1, 1), failures }));
    const made = enterAll(
      lane,
      [twice, once, last].flatMap((call) => call ?? []),
    );
    await clock.advance(500);
    expect(made).toEqual([once]);
    expect(made[0]).toBe(once);
  });

  it('stays closed when an earlier call is accepted, and when one of those that wait leaves', async () => {
    const { clock, lane, nowMs } = open();
    await clock.advance(10);
    const failed = laneCall(1, 1);
    lane.failed(failed, clock.monotonicNow(), 0);
    lane.accepted(laneCall(1, 1), nowMs);
    expect(lane.isOpen).toBe(false);
    const leaving = new AbortController();
    const left = expect(lane.enter(laneCall(1, 1), leaving.signal)).rejects.toBe('left');
    const made = enterAll(lane, [laneCall(1, 1)]);
    leaving.abort('left');
    await left;
    await clock.advance(499);
    expect(made).toHaveLength(0);
  });

  it('goes on in waves of the same size when it is woken', async () => {
    const { clock, lane, nowMs } = open();
    close({ lane, nowMs });
    const made = enterAll(lane, Array.from({ length: 7 }, () => laneCall(1, 1))); // oxfmt-ignore
    await clock.advance(500);
    for (const count of [1, 3, 7]) {
      expect(made).toHaveLength(count);
      for (const call of made.slice(Math.floor(count / 2))) lane.accepted(call, clock.monotonicNow());
      lane.wake();
      await clock.advance(0);
    }
  });

  it('takes a failure for that of all where nothing was accepted after it', () => {
    const { lane, nowMs } = open();
    const bad = laneCall(1, 1);
    for (let round = 0; round < 3; round++) {
      lane.accepted(laneCall(1, 1), nowMs);
      expect(lane.failed(bad, nowMs, 0)).toBe(0);
      expect(lane.isOpen).toBe(false);
    }
  });

  it('counts calls that fail together as one failure', async () => {
    const { clock, lane, nowMs } = open();
    for (let count = 0; count < 100; count++) close({ lane, nowMs });
    const made = enterAll(lane, [laneCall(1, 1)]);
    await clock.advance(500);
    expect(made).toHaveLength(1);
  });

  it('stays open when another call was accepted that was made later, and the failed one waits alone', async () => {
    const { clock, lane, nowMs } = open();
    await clock.advance(10);
    lane.accepted(laneCall(1, 1), clock.monotonicNow());
    expect(lane.failed(laneCall(1, 1), nowMs, 0)).toBe(500);
    expect(lane.isOpen).toBe(true);
  });

  it('is not kept closed by a call that fails again and again while others are accepted', async () => {
    const { clock, lane } = open();
    const bad = laneCall(1, 1);
    const waits: number[] = [];
    for (let round = 0; round < 5; round++) {
      await clock.advance(10_000);
      waits.push(lane.failed(bad, clock.monotonicNow(), 0));
      await clock.advance(10_000);
      lane.accepted(laneCall(1, 1), clock.monotonicNow());
    }
    expect(waits).toEqual([0, 0, 2_000, 2_000, 2_000]);
  });

  it('hears a late answer to the call that closed it', () => {
    const { lane, nowMs } = open();
    lane.accepted(close({ lane, nowMs }), nowMs);
    expect(lane.isOpen).toBe(true);
  });

  it('lets the canary go at once when it is woken, and nothing else by that', async () => {
    const { clock, lane, nowMs } = open();
    close({ lane, nowMs }, 3_000);
    const made = enterAll(lane, [laneCall(1, 1), laneCall(1, 2)]);
    lane.wake();
    lane.wake();
    await clock.advance(10_000);
    expect(made).toHaveLength(1);
  });

  it('forgets a call that nobody waits for any more, and keeps no timer for it', async () => {
    const { clock, lane, nowMs } = open();
    close({ lane, nowMs });
    const leaving = new AbortController();
    const waiting = lane.enter(laneCall(1, 1), leaving.signal);
    const rejected = expect(waiting).rejects.toBe('left');
    leaving.abort('left');
    await rejected;
    expect(clock.pendingTimers).toBe(0);
    const next = lane.enter(laneCall(1, 1), signal);
    expect(await isSettled(next)).toBe(true);
  });
});
