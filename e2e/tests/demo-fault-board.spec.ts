import { setImmediate } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { Random } from '../src/chaos/random.ts';
import { pressAtRandom } from '../src/demo/chaos.ts';
import { FaultBoard, FaultRefusedError, type FaultState } from '../src/demo/fault-board.ts';
import type { DemoFault } from '../src/demo/faults.ts';
import { eventually, settlesWithin } from '../src/fixtures/eventually.ts';
import { Timeline } from '../src/demo/timeline.ts';

const fault: DemoFault = {
  ...{ name: 'refuse', title: 'Refuse', effect: 'All is refused.', seconds: 0, needsToken: false },
  begin: () => Promise.resolve(() => Promise.resolve()),
};

function scene(changes: Partial<DemoFault> = {}, backWithinMs?: number) {
  let nowMs = 0;
  const timeline = new Timeline(() => nowMs);
  const told: string[] = [];
  const tell = (tone: string, text: string): void => void told.push(`${tone}: ${text}`);
  const board = new FaultBoard([{ ...fault, ...changes }], timeline, tell, backWithinMs);
  const state = (): FaultState['state'] | undefined => board.states[0]?.state;
  const pass = (ms: number): void => void (nowMs += ms);
  return { board, timeline, told, state, pass };
}

describe('the way back', () => {
  it('is over when a workflow is complete whose activity began after the cause, not one from before it', async () => {
    const { board, timeline, told, state, pass } = scene();
    pass(1_000);
    const pressed = board.press('refuse');
    expect(state()).toBe('broken');
    await eventually('the end of the cause', () => state() === 'recovering');
    pass(2_000);
    board.workflowCompleted(999);
    await setImmediate();
    expect(state()).toBe('recovering');
    board.workflowCompleted(1_000);
    await pressed;
    expect(state()).toBe('ready');
    expect(timeline.outages).toMatchObject([{ startMs: 1_000, endMs: 1_000, backMs: 3_000 }]);
    expect(told).toEqual(['bad: Refuse: pressed', 'good: Refuse: the worker is back 2.0 s after it']);
  });

  it('needs a new token too where the fault is about tokens', async () => {
    const { board, state, pass } = scene({ needsToken: true });
    const pressed = board.press('refuse');
    await eventually('the end of the cause', () => state() === 'recovering');
    board.workflowCompleted(0);
    pass(500);
    board.tokenCame();
    board.workflowCompleted(499);
    await setImmediate();
    expect(state()).toBe('recovering');
    board.workflowCompleted(500);
    await pressed;
  });

  it('is given up after its time, and is then not on the timeline', async () => {
    const { board, timeline, told } = scene({}, 20);
    await board.press('refuse');
    expect(timeline.outages).toMatchObject([{ endMs: 0, backMs: undefined }]);
    expect(told.at(-1)).toBe('bad: Refuse: the worker is not back within 0.02 s');
  });
});

describe('what cannot be pressed', () => {
  const refusal = (press: () => unknown): Pick<FaultRefusedError, 'isKnown' | 'message'> => {
    try {
      press();
    } catch (error) {
      if (error instanceof FaultRefusedError) return error;
    }
    throw new Error('not refused');
  };

  it('is what there is not', () => {
    const { board } = scene();
    expect(refusal(() => board.press('flood'))).toMatchObject({ isKnown: false });
  });

  it('is what is not ours to break, and the button says why', () => {
    const { board } = scene({ begin: 'Temporal is your own' });
    expect(board.states).toMatchObject([{ state: 'never', reason: 'Temporal is your own' }]);
    expect(refusal(() => board.press('refuse'))).toMatchObject({
      ...{ isKnown: true, message: 'Refuse: Temporal is your own' },
    });
  });

  it('is what the worker is not back from', async () => {
    const { board, state } = scene();
    const pressed = board.press('refuse');
    expect(refusal(() => board.press('refuse'))).toMatchObject({ isKnown: true });
    await eventually('the end of the cause', () => state() === 'recovering');
    board.workflowCompleted(0);
    await pressed;
  });

  it('is everything once the board is closed, which ends what lasts', async () => {
    const { board, state } = scene({ seconds: 3_600 });
    const pressed = board.press('refuse');
    board.close();
    await eventually('the end of the cause', () => state() === 'recovering');
    expect(refusal(() => board.press('refuse'))).toMatchObject({ message: 'The demonstration is over' });
    board.workflowCompleted(0);
    await pressed;
  });
});

it('is not settled before the worker is back', async () => {
  const { board, state } = scene();
  const pressed = board.press('refuse');
  let isSettled = false;
  const settled = board.settled().then(() => (isSettled = true));
  await eventually('the end of the cause', () => state() === 'recovering');
  expect(isSettled).toBe(false);
  board.workflowCompleted(0);
  await Promise.all([pressed, settled]);
});

it('leaves a fault that could not begin without a way back', async () => {
  const { board, timeline, state } = scene({ begin: () => Promise.reject(new Error('no such server')) });
  await expect(board.press('refuse')).rejects.toThrow('no such server');
  expect(state()).toBe('ready');
  expect(timeline.outages).toMatchObject([{ endMs: undefined, backMs: undefined }]);
});

describe('chance', () => {
  async function order(seed: number, presses: number): Promise<readonly string[]> {
    const enough = new AbortController();
    const pressed: string[] = [];
    const names = ['a', 'b', 'c'];
    const states = [...names, 'not-ours'].map((name) => ({
      ...{ name, title: name, effect: '', reason: undefined },
      state: name === 'not-ours' ? ('never' as const) : ('ready' as const),
    }));
    const press = (name: string): Promise<void> => {
      pressed.push(name);
      if (pressed.length === presses) enough.abort();
      return Promise.resolve();
    };
    const random = new Random(seed);
    // No pause.
    random.between = () => 0;
    await pressAtRandom({ states, press }, random, enough.signal);
    return pressed;
  }

  it('presses the same buttons in the same order for the same seed', async () => {
    expect(await order(1, 9)).toEqual(await order(1, 9));
    expect(await order(1, 9)).not.toEqual(await order(2, 9));
  });

  it('presses each button that can be pressed before it presses one again, and no other', async () => {
    const pressed = await order(3, 30);
    for (let at = 0; at < 30; at += 3) {
      expect([...pressed.slice(at, at + 3)].sort()).toEqual(['a', 'b', 'c']);
    }
  });

  it('ends with its time, though the worker is not back', async () => {
    const { board } = scene({ seconds: 3_600 });
    const over = new AbortController();
    const random = new Random(1);
    random.between = () => 0;
    const pressing = pressAtRandom(board, random, over.signal);
    await eventually('the press', () => board.states[0]?.state === 'broken');
    over.abort();
    expect(await settlesWithin(pressing, 10_000)).toBe(true);
    expect(board.states).toMatchObject([{ state: 'broken' }]);
    board.close();
  });

  it('ends at once where nothing can be broken', async () => {
    const pressed = vi.fn();
    await pressAtRandom({ states: [], press: pressed }, new Random(1), new AbortController().signal);
    expect(pressed).not.toHaveBeenCalled();
  });
});
