import { setTimeout as delay } from 'node:timers/promises';
import { faultOf, wrongCalls } from './calls.ts';
import type { Callable } from './shapes.ts';

type Call = (...given: readonly unknown[]) => unknown;

/** Many times what the slowest one takes. */
const longestMs = 30_000;

const ends = ['close', 'stop', 'shutdown', Symbol.asyncDispose, Symbol.dispose];

/** What waits by nature. */
const leftOut =
  /written|diagnose|TemporalWorkflowClient\(\)\.runWorker|\(\)\.(?:received|nextCall|nextRequest|until)$/;

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
  async tryExport(name: string, value: unknown, callable: Callable): Promise<void> {
    // What is exported as a type is not there.
    if (value === undefined || leftOut.test(name)) return;
    if (typeof value === 'function') await this.#tryFunction(name, callable, callOf(value));
    for (const [member, inner] of Object.entries(callable.members)) {
      const bound = methodOf(value, member);
      if (bound !== undefined) await this.#tryFunction(`${name}.${member}`, inner, bound);
    }
  }

  /** Each fault with the number of calls that had it. */
  async end(): Promise<readonly string[]> {
    // Rejections are told of after the microtasks of the last call.
    await delay(50);
    process.off('unhandledRejection', this.#onRejection);
    return [...this.#faults].map(([fault, count]) => `${count} x ${fault}`);
  }

  async #tryFunction(name: string, { parameters, methods }: Callable, call: Call): Promise<void> {
    if (parameters === undefined) return;
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
    await this.#settled();
  }

  #tryCalls(
    name: string,
    { parameters = [], methods }: Pick<Callable, 'parameters' | 'methods'>,
    call: Call,
  ): void {
    for (const { title, given } of wrongCalls(parameters)) {
      this.count++;
      this.#watch(name, title, async () => {
        await this.#use(name, title, methods, await call(...given));
      });
    }
  }

  /** What was accepted must work, or say what is wrong. */
  async #use(name: string, title: string, methods: Callable['methods'], made: unknown): Promise<void> {
    const calls = Object.entries(methods).map(async ([method, { parameters = [] }]) => {
      const bound = leftOut.test(`${name}().${method}`) ? undefined : methodOf(made, method);
      try {
        await bound?.(...parameters.map(({ sample }) => sample));
      } catch (error) {
        this.#note(`${name}() ${method}`, title, faultOf(error));
      }
    });
    await endOf(made);
    await Promise.all(calls);
    // A restart may have come after the stop.
    await endOf(made);
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

function methodOf(target: unknown, name: string | symbol): Call | undefined {
  const method = (Object(target) as Readonly<Record<string | symbol, unknown>>)[name];
  return typeof method === 'function' ? (...given) => (method as Call).apply(target, [...given]) : undefined;
}

/** Ends it, and what it consists of: servers, watches, folders. */
async function endOf(target: unknown): Promise<void> {
  const parts: readonly unknown[] =
    typeof target === 'object' && target !== null ? Object.values(target) : [];
  for (const part of [target, ...parts]) for (const name of ends) await methodOf(part, name)?.();
}
