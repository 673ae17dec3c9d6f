import events from 'node:events';
import { inspect } from 'node:util';

/** So many of each are enough. */
const maxPending = 4;
const maxErrors = 100;

type Method = (...args: readonly unknown[]) => unknown;

interface Signal {
  readonly callers: number;
  calls: number;
}

const originals = new WeakMap<object, unknown>();

/** What is behind that which {@link WatchedCalls.watch} gave: it is what a person would inspect. */
export function originalOf(watched: unknown): unknown {
  return originals.get(watched as object) ?? watched;
}

/** The calls of an implementation under test: which have not ended yet, what they gave, and the signals that they had. */
export class WatchedCalls {
  readonly #pending = new Map<object, string>();
  readonly #signals = new Map<AbortSignal, Signal>();
  /** What calls gave, and what listeners were called with. */
  readonly given = new Set<unknown>();
  /** What the hook `replace` of a fixture was called with. */
  readonly replaced: unknown[] = [];
  /** What calls rejected with or threw, each with its call as a text. */
  readonly errors = new Map<unknown, string>();

  /** The fixture, with an implementation whose calls are watched. */
  watchFixture<Fixture extends object>(fixture: Fixture, subject: keyof Fixture): Fixture {
    const watched = this.watch(fixture[subject] as object);
    return new Proxy({} as Fixture, {
      get: (_target, name) => {
        if (name === subject) return watched;
        const value: unknown = Reflect.get(fixture, name);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]): unknown => {
          if (name === 'replace') this.replaced.push(args[0]);
          return Reflect.apply(value, fixture, args);
        };
      },
    });
  }

  /** The implementation, whose calls are watched. What it is or throws, and when its promises settle, is not changed. */
  watch<T extends object>(implementation: T): T {
    const methods = new Map<Method, Method>();
    // Not over the implementation itself: a frozen one may not be shown with other methods.
    const watched = new Proxy({} as T, {
      get: (_target, name) => {
        const value: unknown = Reflect.get(implementation, name);
        if (typeof value !== 'function') return value;
        const method =
          methods.get(value as Method) ?? this.#watched(implementation, String(name), value as Method);
        methods.set(value as Method, method);
        return method;
      },
    });
    originals.set(watched, implementation);
    return watched;
  }

  /** The calls that have not ended, as texts: some of them. */
  get pending(): readonly string[] {
    const texts = [...new Set(this.#pending.values())];
    const others = texts.length - maxPending;
    return others > 0 ? [...texts.slice(0, maxPending), `${others} others`] : texts;
  }

  /** The signals that nobody aborted and whose calls have ended, with the number of listeners that these left. */
  leftListeners(): number {
    let left = 0;
    for (const [signal, { callers, calls }] of this.#signals)
      if (!signal.aborted && calls === 0) left += listenersOf(signal) - callers;
    return left;
  }

  #watched(implementation: object, name: string, method: Method): Method {
    return (...args) => {
      const call = {};
      const text = described(name, args);
      const signals = args.map(signalOf).filter((signal) => signal !== undefined);
      for (const signal of signals) {
        const seen = this.#signals.get(signal) ?? { callers: listenersOf(signal), calls: 0 };
        seen.calls++;
        this.#signals.set(signal, seen);
      }
      const end = (given?: unknown): void => {
        this.#pending.delete(call);
        if (given !== undefined) this.given.add(given);
        for (const signal of signals) {
          const seen = this.#signals.get(signal);
          if (seen !== undefined) seen.calls--;
        }
      };
      const fail = (error: unknown): void => {
        if (this.errors.size < maxErrors) this.errors.set(error, text);
        end();
      };
      this.#pending.set(call, text);
      try {
        const given = Reflect.apply(method, implementation, args);
        if (isThenable(given)) given.then(end, fail);
        else end(given);
        return given;
      } catch (error) {
        fail(error);
        throw error;
      }
    };
  }
}

/** How many listeners an abort of the signal calls; 0 on a host that does not say. */
export function listenersOf(signal: AbortSignal): number {
  try {
    return events.getEventListeners(signal, 'abort').length;
  } catch {
    return 0;
  }
}

/** A test framework may run the implementation in a realm whose `Promise` is another one. */
function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { readonly then?: unknown } | undefined)?.then === 'function';
}

function signalOf(options: unknown): AbortSignal | undefined {
  const { signal } = (options ?? {}) as { readonly signal?: AbortSignal };
  return typeof signal === 'object' ? signal : undefined;
}

/** Options by their names alone: a rejected token is secret. */
function described(name: string, args: readonly unknown[]): string {
  const texts = args.map((arg) => {
    if (typeof arg === 'string') return inspect(arg);
    if (typeof arg !== 'object' || arg === null) return '…';
    const set = Object.entries(arg).filter(([, value]) => value !== undefined);
    const isAborted = signalOf(arg)?.aborted === true;
    return `{ ${set.map(([key]) => (key === 'signal' && isAborted ? 'signal (aborted)' : key)).join(', ')} }`;
  });
  return `${name}(${texts.filter((text) => text !== '{  }').join(', ')})`;
}
