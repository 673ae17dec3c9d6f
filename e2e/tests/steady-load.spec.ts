import type { TemporalWorkflowClient } from '@worker-auth/temporal-auth';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { SteadyLoad } from '../src/bad-days/steady-load.ts';
import { eventually } from '../src/fixtures/eventually.ts';

const start = vi.fn<() => Promise<void>>();
const result = vi.fn<() => Promise<void>>();
const waits: number[] = [];
let load: SteadyLoad;

beforeEach(() => {
  start.mockReset().mockResolvedValue();
  result.mockReset().mockRejectedValue(new Error('refused'));
  waits.length = 0;
  const workflow = { start, getHandle: () => ({ result, describe: () => Promise.resolve({}) }) };
  const connection = { withAbortSignal: (_signal: AbortSignal, step: () => unknown) => step() };
  load = new SteadyLoad({ client: { workflow, connection } } as unknown as TemporalWorkflowClient, {
    ...{ taskQueues: ['a'], perSecond: 5, startToCloseMs: 1 },
    // Ten end at once; then each ends with its signal.
    wait: async (ms, signal) => {
      if (waits.push(ms) > 10 && !signal.aborted) await once(signal, 'abort');
    },
  });
});
afterEach(async () => {
  await load.stop();
  vi.restoreAllMocks();
});

async function waited(chance: number): Promise<void> {
  vi.spyOn(Math, 'random').mockReturnValue(chance);
  load.start();
  await eventually('eleven waits', () => waits.length > 10);
}

it('asks for a result less and less often, by chance, up to 10 s', async () => {
  await waited(0.999);
  expect(Math.max(...waits)).toBeGreaterThan(9_000);
  expect(Math.max(...waits)).toBeLessThanOrEqual(10_000);
});

it('asks for all results at once when it starts no more, and completes them', async () => {
  await waited(0.5);
  result.mockResolvedValue();
  load.stopStarting();
  const { startedAtMs, completedAtMs } = load.of('a');
  await eventually('all complete', () => completedAtMs.size === startedAtMs.size);
});

it('repeats a start within two seconds, since few are under way', async () => {
  start.mockRejectedValue(new Error('refused'));
  await waited(0.999);
  expect(Math.max(...waits)).toBeLessThanOrEqual(2_000);
});
