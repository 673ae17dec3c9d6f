import { createHook } from 'node:async_hooks';
import diagnostics from 'node:diagnostics_channel';
import events from 'node:events';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
// As a whole: not every host has all of it.
import v8 from 'node:v8';
import vm from 'node:vm';
import { afterTurns } from '../host-time.ts';
import { findLeak } from '../leaks/assert-no-leak.ts';
import { check, leakLength } from './checks.ts';

/*
 * What calls leave in the process of their caller. It is looked at, by what Node offers for that, and nothing of it is changed. What a
 * host does not say (Bun, jest) counts as kept.
 */

/** How long that may take which ends by itself, and how often it is looked at, in milliseconds. */
const maxEndingMs = 1_000;
const pollMs = 5;
/** What the collector has let go of is gone after one or two. */
const maxCollections = 4;
/** What keeps a process alive, as `node:async_hooks` calls it. A socket may: a pool of connections ends it later. */
const lasting = ['Timeout', 'FSEVENTWRAP', 'STATWATCHER', 'MESSAGEPORT', 'PROCESSWRAP'];

/** @throws AssertionError when calls leave timers, watchers or programs that keep the process alive */
export async function checkKeepsNothingAlive(calls: () => Promise<unknown>): Promise<void> {
  const made = new Map<number, { hasRef?(): boolean }>();
  let haveEnded = false;
  const hook = createHook({
    init: (id, kind, _trigger, resource) => {
      if (!haveEnded && lasting.includes(kind)) made.set(id, resource);
    },
    destroy: (id) => made.delete(id),
  });
  const alive = (): number => [...made.values()].filter((resource) => resource.hasRef?.() === true).length;
  // The patience of the case is a timer too, which has begun by then.
  await afterTurns(1);
  hook.enable();
  try {
    await calls();
    haveEnded = true;
    await untilNone(alive);
  } finally {
    hook.disable();
  }
  check(alive() === 0, `${alive()} of its timers or watchers keep the process alive: end or unref() them`);
}

/** @throws AssertionError when an aborted call leaves its connection open. One that had been used before may */
export async function checkEndsConnections(call: () => Promise<unknown>): Promise<void> {
  // Not every host has it.
  if (!('getActiveResourcesInfo' in process)) return;
  const open = (): number =>
    process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length;
  const before = open();
  await call();
  await untilNone(() => Math.max(0, open() - before));
  check(open() <= before, 'An aborted call has left its connection open: pass the signal to its request');
}

async function untilNone(left: () => number): Promise<void> {
  for (let waitedMs = 0; left() > 0 && waitedMs < maxEndingMs; waitedMs += pollMs) await sleep(pollMs);
}

/**
 * @throws AssertionError when calls that have ended left listeners on `signal`. The `fetch` of Node leaves one until its request is
 *   collected: such a one is waited for
 */
export async function checkHasNoListener(signal: AbortSignal): Promise<void> {
  const listeners = (): number => events.getEventListeners(signal, 'abort').length;
  for (let collections = 0; listeners() > 0 && collections < maxCollections; collections++) {
    if (!collectGarbage()) return;
    await afterTurns();
  }
  check(
    listeners() === 0,
    `Calls that have ended left ${listeners()} listeners on their signal: remove each, whatever the call ended with`,
  );
}

/** Whether the host lets garbage be collected, which it did then. */
function collectGarbage(): boolean {
  try {
    v8.setFlagsFromString('--expose-gc');
    vm.runInNewContext('gc()');
    return true;
  } catch {
    return false;
  }
}

/**
 * What a console or a warning prints meanwhile is looked at; what is written to a stream or a file is not.
 *
 * @throws AssertionError when it shows one of the secrets that `calls` give
 */
export async function checkPrintsNone(calls: () => Promise<readonly string[]>): Promise<void> {
  const printed: unknown[] = [];
  const note = (what: unknown): void => {
    printed.push(what);
  };
  const channels = ['debug', 'error', 'info', 'log', 'warn'].map((name) => `console.${name}`);
  for (const channel of channels) diagnostics.subscribe(channel, note);
  process.on('warning', note);
  try {
    const leakIn = findLeak(await calls(), leakLength);
    await afterTurns();
    check(leakIn(inspect(printed, { depth: 6 })) === undefined, 'A secret was printed');
  } finally {
    for (const channel of channels) diagnostics.unsubscribe(channel, note);
    process.off('warning', note);
  }
}

/** @throws AssertionError when calls leave a rejection that nobody handles */
export async function checkHandlesRejections(calls: () => Promise<unknown>): Promise<void> {
  let left = 0;
  const note = (): void => {
    left++;
  };
  process.on('unhandledRejection', note);
  try {
    await calls();
    await afterTurns();
  } finally {
    process.off('unhandledRejection', note);
  }
  check(left === 0, 'A rejection was left unhandled');
}
