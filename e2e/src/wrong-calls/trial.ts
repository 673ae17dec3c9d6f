import { setTimeout as delay } from 'node:timers/promises';
import { faultOf, wrongCalls } from './calls.ts';
import type { Callable } from './shapes.ts';

type Call = (...given: readonly unknown[]) => unknown;

/** Many times what the slowest one takes. */
const longestMs = 60_000;

/** What waits by nature. */
const leftOut = /written|diagnose|TemporalWorkflowClient\(\)\.runWorker/;

/** Makes wrong calls, uses what comes out of them, and notes what is wrong. */
export class Trial {
  /** Calls that were made. */
  count = 0;
  readonly #faults = new Map<string, number>();
  readonly #pending = new Set<Promise<void>>();
  readonly #onRejection = (error: unknown): void => {
    this.#note('unhandled', '', String((error as Error).stack ?? error));
  };

  constructor() {
    process.on('unhandledRejection', this.#onRejection);
  }

  /** Calls an export, each method of what it gives and each of its members, in each wrong way. */
  async tryExport(name: string, value: unknown, { parameters, methods, members }: Callable): Promise<void> {
    // What is exported as a type is not there.
    if (value === undefined || leftOut.test(name)) return;
    if (typeof value === 'function') {
      const call = callOf(value);
      this.#tryCalls(name, { parameters, methods }, call);
      const samples = parameters.map(({ sample }) => sample);
      for (const [method, callable] of Object.entries(methods)) {
        if (leftOut.test(`${name}().${method}`)) continue;
        const made = new Promise((resolve) => {
          resolve(call(...samples));
        });
        const target = await made.catch(() => undefined);
        const bound = methodOf(target, method);
        if (bound !== undefined) this.#tryCalls(`${name}().${method}`, { ...callable, methods: {} }, bound);
        await this.#settled();
        await endOf(target);
      }
    }
    for (const [member, callable] of Object.entries(members)) {
      const bound = methodOf(value, member);
      if (bound !== undefined) this.#tryCalls(`${name}.${member}`, callable, bound);
    }
    await this.#settled();
  }

  /** Each fault with the number of calls that had it. */
  async end(): Promise<readonly string[]> {
    // Rejections are told of after the microtasks of the last call.
    await delay(50);
    process.off('unhandledRejection', this.#onRejection);
    return [...this.#faults].map(([fault, count]) => `${count} x ${fault}`);
  }

  #tryCalls(name: string, callable: Pick<Callable, 'parameters' | 'methods'>, call: Call): void {
    for (const { title, given } of wrongCalls(callable)) {
      this.count++;
      this.#watch(name, title, async () => {
        await this.#use(name, title, callable.methods, await call(...given));
      });
    }
  }

  /** What was accepted must work, or say what is wrong. */
  async #use(name: string, title: string, methods: Callable['methods'], made: unknown): Promise<void> {
    const calls = Object.entries(methods).map(async ([method, { parameters }]) => {
      const bound = leftOut.test(`${name}().${method}`) ? undefined : methodOf(made, method);
      try {
        await bound?.(...parameters.map(({ sample }) => sample));
      } catch (error) {
        this.#note(`${name}() ${method}`, title, faultOf(error));
      }
    });
    await endOf(made);
    await Promise.all(calls);
  }

  #watch(name: string, title: string, run: () => Promise<void>): void {
    const bound = new AbortController();
    const hangs = delay(longestMs, undefined, { signal: bound.signal }).then(
      () => {
        this.#note(name, title, 'hangs');
      },
      () => undefined,
    );
    const ran = run()
      .catch((error: unknown) => {
        this.#note(name, title, faultOf(error));
      })
      .finally(() => {
        bound.abort();
      });
    const pending = Promise.race([ran, hangs]);
    this.#pending.add(pending);
    void pending.finally(() => this.#pending.delete(pending));
  }

  async #settled(): Promise<void> {
    await Promise.all(this.#pending);
  }

  #note(name: string, title: string, fault: string | undefined): void {
    if (fault === undefined) return;
    const key = `${name} (${title}): ${fault}`;
    this.#faults.set(key, (this.#faults.get(key) ?? 0) + 1);
  }
}

function callOf(value: object): Call {
  const isClass = Function.prototype.toString.call(value).startsWith('class');
  return isClass
    ? (...given) => Reflect.construct(value as new () => object, given) as unknown
    : (...given) => (value as Call)(...given);
}

function methodOf(target: unknown, name: string): Call | undefined {
  const method = (Object(target) as Readonly<Record<string, unknown>>)[name];
  return typeof method === 'function' ? (...given) => (method as Call).apply(target, [...given]) : undefined;
}

async function endOf(target: unknown): Promise<void> {
  for (const name of ['close', 'stop', 'shutdown']) await methodOf(target, name)?.();
}
