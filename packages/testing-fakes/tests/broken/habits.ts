import { watch } from 'node:fs';
import { onTestFinished } from 'vitest';

/** A model whose callers may leave while it waits for them. */
interface Waiting<T> {
  untilLeft(work: Promise<T>, signal: AbortSignal | undefined): Promise<T>;
}

interface HasFields {
  fields(all: Readonly<Record<string, string>>): Readonly<Record<string, string>> | undefined;
}

/** Leaves a listener on the signal of each caller. */
export function leaveListener<T>(model: Waiting<T>): void {
  const untilLeft = model.untilLeft.bind(model);
  model.untilLeft = (work, signal) => {
    signal?.addEventListener('abort', () => undefined);
    return untilLeft(work, signal);
  };
}

/** Ends the wait of all callers when one of them leaves. */
export function endAllWaits<T>(model: Waiting<T>): void {
  const { promise: left, reject } = Promise.withResolvers<never>();
  left.catch(() => undefined);
  model.untilLeft = (work, signal) => {
    signal?.addEventListener('abort', () => {
      reject(signal.reason as Error);
    });
    return Promise.race([work, left]);
  };
}

/** Looks at the signal of a caller only when there is an answer for him. */
export function lookLate<T>(model: Waiting<T>): void {
  model.untilLeft = async (work, signal) => {
    const given = await work;
    signal?.throwIfAborted();
    return given;
  };
}

/** Forgets the work when its caller has left. */
export function forgetWork<T>(model: Waiting<T>): void {
  model.untilLeft = async (work, signal) => {
    if (signal === undefined) return await work;
    await new Promise((resolve) => {
      signal.addEventListener('abort', resolve);
    });
    throw signal.reason;
  };
}

/** Makes one call after the other, with a pause before each. */
export function inTurn<A extends unknown[], R>(
  call: (...args: A) => Promise<R>,
  pause?: () => Promise<void>,
): (...args: A) => Promise<R> {
  let before: Promise<unknown> = Promise.resolve();
  return (...args) => {
    const mine = before.then(pause).then(() => call(...args));
    before = mine.catch(() => undefined);
    return mine;
  };
}

/** Makes a number of calls at a time; the others wait. */
export function atMost<A extends unknown[], R>(
  slots: number,
  call: (...args: A) => Promise<R>,
): (...args: A) => Promise<R> {
  const waiting: (() => void)[] = [];
  let free = slots;
  return async (...args) => {
    if (free === 0) {
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
      });
    }
    free--;
    try {
      return await call(...args);
    } finally {
      free++;
      waiting.shift()?.();
    }
  };
}

/** Has all callers share the call that is under way, whatever they ask. */
export function joined<A extends unknown[], R>(call: (...args: A) => Promise<R>): (...args: A) => Promise<R> {
  let flight: Promise<R> | undefined;
  return (...args) =>
    (flight ??= call(...args).finally(() => {
      flight = undefined;
    }));
}

/** The same, for those who ask for the same name. */
export function joinedByName<A extends [name: string, ...unknown[]], R>(
  call: (...args: A) => Promise<R>,
): (...args: A) => Promise<R> {
  const calls = new Map<string, typeof call>();
  return (...args) => {
    const mine = calls.get(args[0]) ?? joined(call);
    calls.set(args[0], mine);
    return mine(...args);
  };
}

/** Gives what the first caller with the same arguments got. */
export function remembered<A extends unknown[], R>(call: (...args: A) => R): (...args: A) => R {
  const known = new Map<string, R>();
  return (...args) => {
    const given = known.get(args.join()) ?? call(...args);
    known.set(args.join(), given);
    return given;
  };
}

/** Gives everybody what the first caller got. */
export function first<A extends unknown[], R>(call: (...args: A) => R): (...args: A) => R {
  let given: { readonly value: R } | undefined;
  return (...args) => (given ??= { value: call(...args) }).value;
}

/** Gives the first failure to everybody who comes later. */
export function firstFailure<A extends unknown[], R>(
  call: (...args: A) => Promise<R>,
): (...args: A) => Promise<R> {
  let failed: Promise<R> | undefined;
  return (...args) => {
    const flight = failed ?? call(...args);
    flight.catch(() => (failed = flight));
    return flight;
  };
}

/** Gives what was read before in place of an error. */
export function lastGood<A extends unknown[], R>(
  call: (...args: A) => Promise<R>,
): (...args: A) => Promise<R> {
  const last = new Map<unknown, R>();
  return async (...args) => {
    const [key] = args;
    try {
      const given = await call(...args);
      last.set(key, given);
      return given;
    } catch (error) {
      if (!last.has(key)) throw error;
      return last.get(key) as R;
    }
  };
}

/** Begins an interval that keeps the process alive, at each call. */
export function keepAlive<A extends unknown[], R>(call: (...args: A) => R): (...args: A) => R {
  return (...args) => {
    const interval = setInterval(() => undefined, 60_000);
    onTestFinished(() => {
      clearInterval(interval);
    });
    return call(...args);
  };
}

/** Watches a file, at each call. */
export function watchFile<A extends unknown[], R>(call: (...args: A) => R): (...args: A) => R {
  return (...args) => {
    const watcher = watch(import.meta.filename);
    onTestFinished(() => {
      watcher.close();
    });
    return call(...args);
  };
}

/** Gives other fields than there are; what is changed to `undefined` is left out. */
export function changed(
  change: (name: string, value: string) => readonly [name: string, value: string] | undefined,
): (model: HasFields) => void {
  return (model) => {
    const fields = model.fields.bind(model);
    model.fields = (all) => {
      const entries = Object.entries(all).map(([name, value]) => change(name, value));
      return fields(Object.fromEntries(entries.filter((entry) => entry !== undefined)));
    };
  };
}

/** Changes of values and names that a store and a sidecar must not make. */
export const fieldFaults = {
  'composes letters': changed((name, value) => [name, value.normalize()]),
  'cuts a value at NUL': changed((name, value) => [name, value.replace(/\0.*/, '')]),
  'writes JSON again': changed((name, value) => [
    name,
    value.startsWith('{"') ? JSON.stringify(JSON.parse(value)) : value,
  ]),
  'decodes base64': changed((name, value) => [
    name,
    value.endsWith('==') ? Buffer.from(value, 'base64').toString() : value,
  ]),
  'makes LF of CR and LF': changed((name, value) => [name, value.replaceAll('\r\n', '\n')]),
  'cuts a value at 4,096 characters': changed((name, value) => [name, value.slice(0, 4_096)]),
  'cuts a value at 65,536 characters': changed((name, value) => [name, value.slice(0, 65_536)]),
  'replaces variables in values': changed((name, value) => [name, value.replaceAll(/\$\{?\w+\}?/g, '')]),
  'makes line breaks of backslashes with n': changed((name, value) => [name, value.replaceAll('\\n', '\n')]),
  'takes white space for nothing': changed((name, value) =>
    value.trim() === '' ? undefined : [name, value],
  ),
};
