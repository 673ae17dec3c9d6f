import { setTimeout as sleep } from 'node:timers/promises';
import { FakeClock } from '../fake-clock.ts';
import { endWithHttp, endWithStatus } from './answers.ts';
import { connectionOf } from './http2-listener.ts';
import type { Rpc } from './rpc.ts';
import type { RpcFaultOutcome } from './rpc-fault.ts';

/** Ends an RPC, whose response has not begun, as a fault wants it. */
export function sendRpcFault({ stream }: Rpc, outcome: Exclude<RpcFaultOutcome, { kind: 'pass' }>): void {
  switch (outcome.kind) {
    case 'status':
      endWithStatus(stream, outcome.ending);
      return;
    case 'http': {
      const { httpStatus, headers, body } = outcome;
      endWithHttp(stream, { headers: { ':status': httpStatus, ...headers }, body });
      return;
    }
    case 'cut':
      if (outcome.how === 'drop') connectionOf(stream)?.destroy();
      else if (outcome.how === 'reset') connectionOf(stream)?.resetAndDestroy();
      else stream.resume();
  }
}

/** Waits, by the clock when it is one that a test moves, else by the host's; false when the caller left meanwhile. */
export async function pause({ stream }: Rpc, ms: number, clock: { wallNow(): number }): Promise<boolean> {
  const left = new AbortController();
  const leave = (): void => {
    left.abort();
  };
  stream.once('close', leave);
  const stayed = await timeIsOver(ms, clock, left.signal);
  stream.off('close', leave);
  return stayed;
}

/** Resolves to true after `ms`, and to false at the latest when `signal` aborts. */
function timeIsOver(ms: number, clock: { wallNow(): number }, signal: AbortSignal): Promise<boolean> {
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
