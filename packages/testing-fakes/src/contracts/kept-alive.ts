import { createHook } from 'node:async_hooks';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterTurns } from '../host-time.ts';
import { check } from './checks.ts';

/** What keeps a process alive, as `node:async_hooks` calls it. A socket may: the pool of `fetch` ends it later. */
const kinds = ['Timeout', 'FSEVENTWRAP', 'STATWATCHER'];
/** These as well, unless a fixture has started them: a back end may be a program. */
const kindsOfCalls = [...kinds, 'MESSAGEPORT', 'PROCESSWRAP'];
/** Turns of the event loop in which what a request has started has ended. */
const maxTurns = 50;
/** How long a connection may take that ends, and how often it is looked at, in milliseconds. */
const maxClosingMs = 1_000;
const closingPollMs = 5;

/** Looks for timers and watchers that keep the process alive, from now on. Where the host does not say (Bun), none is seen. */
export class KeptAlive {
  readonly #created = new Map<number, { hasRef?(): boolean }>();
  #kinds = kinds;
  readonly #hook = createHook({
    init: (id, kind, _parent, resource) => {
      if (this.#kinds.includes(kind)) this.#created.set(id, resource);
    },
    destroy: (id) => this.#created.delete(id),
  });

  /** Runs `body`, which makes an implementation and has `look` run its calls. */
  static async during(
    body: (look: (calls: () => Promise<unknown>) => Promise<void>) => Promise<void>,
  ): Promise<void> {
    const kept = new KeptAlive();
    // The patience of the case is a timer too, which has begun by then.
    await afterTurns(1);
    kept.#hook.enable();
    try {
      await body((calls) => kept.#look(calls));
    } finally {
      kept.#hook.disable();
    }
  }

  async #look(calls: () => Promise<unknown>): Promise<void> {
    this.#kinds = kindsOfCalls;
    await calls();
    this.#kinds = [];
    for (let turns = 0; turns < maxTurns && this.#left() > 0; turns++) await afterTurns(1);
    const left = this.#left();
    check(left === 0, `${left} of its timers or watchers keep the process alive: end or unref() them`);
  }

  #left(): number {
    return [...this.#created.values()].filter((resource) => resource.hasRef?.() === true).length;
  }
}

/**
 * @param call makes a call and aborts it
 * @throws AssertionError when a connection of it stays open. One that had been used before may
 */
export async function checkEndsConnections(call: () => Promise<unknown>): Promise<void> {
  const before = connections();
  await call();
  for (let waitedMs = 0; connections() > before && waitedMs < maxClosingMs; waitedMs += closingPollMs) {
    await sleep(closingPollMs);
  }
  check(
    connections() <= before,
    'An aborted call has left its connection open, which keeps the process alive: pass the signal to its request',
  );
}

/** 0 on a host that does not say. */
function connections(): number {
  if (!('getActiveResourcesInfo' in process)) return 0;
  return process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length;
}
