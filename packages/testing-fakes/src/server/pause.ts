import type { Clock } from '@worker-auth/ports';
import type { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { FakeClock } from '../fake-clock.ts';

/** What is answered on: over once it closes. */
type Channel = EventEmitter & { readonly destroyed: boolean };

/** Waits, by the clock when it is one that a test moves, else by the host's; false when the caller left meanwhile. */
export async function pause(
  channel: Channel,
  ms: number,
  clock: Pick<Clock, 'wallNow'> | undefined,
): Promise<boolean> {
  if (channel.destroyed) return false;
  const left = new AbortController();
  const leave = (): void => {
    left.abort();
  };
  channel.once('close', leave);
  const stayed = await timeIsOver(ms, clock, left.signal);
  channel.off('close', leave);
  return stayed;
}

/** Resolves to true after `ms`, and to false at the latest when `signal` aborts. */
function timeIsOver(
  ms: number,
  clock: Pick<Clock, 'wallNow'> | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  if (!(clock instanceof FakeClock)) return sleep(ms, true, { signal }).catch(() => false);
  return new Promise((resolve) => {
    const timer = clock.startTimer(() => {
      resolve(true);
    }, ms);
    signal.addEventListener('abort', () => {
      timer.cancel();
      resolve(false);
    });
  });
}
