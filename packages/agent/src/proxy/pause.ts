import { abortable, sleep } from '@worker-auth/internal';
import { backoffDelay } from '@worker-auth/refresh-scheduler';
import type { LaneCall } from '@worker-auth/calls/delivery/lane';
import type { ProxyCore } from './core.ts';
import type { Scope } from './scopes.ts';

/** Waits of a call that has no lane. */
const backoff = { initialMs: 500, maxWithoutLeaseMs: 2_000 };

/** What a call waits for before it is sent. */
export interface Pause {
  /** What forbids it for now; `undefined`: nothing does. */
  readonly wait: Promise<unknown> | undefined;
  readonly waitMs: number;
  /** It waits by nature, so it has no lane: it waits alone, or for a connection. */
  readonly isAlone: boolean;
  readonly signal: AbortSignal;
}

/** Resolves when the call may be sent, or is to ask again what forbids it. Throws the signal's reason. */
export async function pause(
  { clock, scopes, upstream }: ProxyCore,
  { lane }: Scope,
  call: LaneCall,
  { wait, waitMs, isAlone, signal }: Pause,
): Promise<void> {
  if (wait !== undefined) {
    lane.left(call);
    await abortable(wait, signal);
  } else if (isAlone && upstream.trouble !== undefined) await abortable(scopes.woken, signal);
  else {
    if (waitMs > 0) await sleep(clock, waitMs, signal);
    if (!isAlone) await lane.enter(call, signal);
  }
}

/** How long a call that has no lane waits after so many failures, in ms. */
export function aloneMs(failures: number, random: () => number): number {
  return backoffDelay({ attempt: failures, leaseRemainingMs: 0 }, backoff, random);
}
