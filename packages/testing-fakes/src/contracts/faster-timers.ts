import { Socket } from 'node:net';
import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers';
import timerPromises from 'node:timers/promises';

type Call = (...args: readonly unknown[]) => unknown;

/** How many want it now, and what ends it. */
let users = 0;
let restore = (): void => undefined;

/**
 * Runs `body` while timers end `factor` times sooner, so that a deadline of a minute is seen within seconds: those of `setTimeout`, wherever
 * that is imported from, of `AbortSignal.timeout`, and of the sockets of clients.
 *
 * @param factor below 1 they end later: what does not hear an abort is seen waiting
 * @param body what it needs of real time it must have taken from its modules before: they change for it too
 */
export async function withFasterTimers<T>(factor: number, body: () => Promise<T>): Promise<T> {
  if (users++ === 0) restore = hasten(factor);
  try {
    return await body();
  } finally {
    if (--users === 0) restore();
  }
}

function hasten(factor: number): () => void {
  const sooner = (ms: unknown): unknown => (typeof ms === 'number' ? Math.ceil(ms / factor) : ms);
  // Who passes on a time in which argument.
  const ways = [
    [globalThis, 'setTimeout', 1],
    [timers, 'setTimeout', 1],
    [timerPromises, 'setTimeout', 0],
    [AbortSignal, 'timeout', 0],
    [Socket.prototype, 'setTimeout', 0],
  ] as const;
  const ends = ways.map(([owner, name, place]) => {
    const original = Reflect.get(owner, name) as Call;
    const faster = new Proxy(original, {
      apply: (target, self: unknown, args: unknown[]): unknown => {
        const isLeft = isOfServer(self) || args.length <= place;
        return Reflect.apply(target, self, isLeft ? args : args.with(place, sooner(args[place])));
      },
    });
    Reflect.set(owner, name, faster);
    return () => Reflect.set(owner, name, original);
  });
  syncBuiltinESMExports();
  return () => {
    for (const end of ends) end();
    syncBuiltinESMExports();
  };
}

/** Its deadlines are none of an adapter's. */
function isOfServer(socket: unknown): boolean {
  return socket instanceof Socket && Reflect.get(socket, 'server') != null;
}
