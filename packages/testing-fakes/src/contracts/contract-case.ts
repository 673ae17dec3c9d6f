import { AssertionError } from 'node:assert';
import { positiveMs } from '../given/check-given.ts';
import { afterTurns, withinPatience } from '../host-time.ts';
import { watchUnhandledRejections } from '../unhandled-rejections.ts';
import { checkLeftNoListeners } from './abort-listeners.ts';
import { check, checkShowsNone, Leak, searchFor } from './checks.ts';
import { PrintWatch } from './printed.ts';
import { WatchedCalls } from './watched-calls.ts';

/** Below the 5 s after which vitest and jest end a test, so that the case itself says what did not come. */
export const defaultPatienceMs = 4_000;

/** A shorter token is found in other texts by accident. */
const minTokenLength = 6;

/** One promise of a contract. Any test framework runs it, see `registerContract`. */
export interface ContractCase {
  /** The behaviour, as a sentence that follows the name of what is tested. */
  readonly name: string;
  /** The promise that the case is about, in the words of the port's documentation. */
  readonly promise: string;
  /** Rejects with an `AssertionError` of Node that quotes {@link ContractCase.promise} when it is not kept. */
  run(): Promise<void>;
}

/** What every setup of a contract may say. */
export interface ContractPatience {
  /**
   * How long a case waits for what must happen, in milliseconds; then the promise counts as broken. Default 4,000, below the
   * time-outs of vitest and jest.
   */
  readonly patienceMs?: number | undefined;
}

export const patienceChecks = { patienceMs: positiveMs };

/**
 * Rejects when the promise is not kept.
 *
 * @param quiet resolves after the moment at which a request that was set off before would have arrived: when another implementation,
 *   asked later, has its response
 * @param another makes another fixture of the same kind, and disposes of it when `use` has ended
 */
type Body<Fixture> = (
  fixture: Fixture,
  quiet: () => Promise<void>,
  another: (use: (fixture: Fixture) => Promise<unknown>) => Promise<void>,
) => Promise<void>;

/** A case that is not bound to a setup yet. */
export interface UnboundCase<Fixture, Need> {
  readonly name: string;
  readonly promise: string;
  /** What the setup must have, or the case is not in the list. */
  readonly needs: readonly Need[];
  readonly body: Body<Fixture>;
}

/** @param promise what the cases are about, and what they need */
export function casesOf<Fixture, Need>(
  promise: string | readonly [promise: string, ...needs: readonly Need[]],
  bodies: Readonly<Record<string, Body<Fixture>>>,
): readonly UnboundCase<Fixture, Need>[] {
  const [text, ...needs] = typeof promise === 'string' ? ([promise] as const) : promise;
  return Object.entries(bodies).map(([name, body]) => ({ name, promise: text, needs, body }));
}

/** What the fixtures of a contract have in common. */
interface Disposable {
  readonly dispose?: (() => void | Promise<void>) | undefined;
}

/** What is looked for in each case, whatever that is about: the promises that are broken then. */
export interface WatchedPromises {
  readonly printed: string;
  readonly secrets: string;
  /** Of a secret in an error. Default that of `secrets`. */
  readonly errors?: string;
  readonly unhandled: string;
  readonly listeners: string;
}

/** How the cases of a contract are bound to a setup. */
export interface Binding<Fixture, Case> extends ContractPatience {
  readonly has: (need: string) => boolean;
  /** Makes what is tested, for each case; its own failure is no broken promise and comes out as it is. */
  readonly create: (contract: Case) => Fixture | Promise<Fixture>;
  /** The name of the implementation in a fixture. */
  readonly subject: keyof Fixture;
  readonly watched: WatchedPromises;
  /** What nobody may print while a case runs, beside the texts that the implementation gives. Default nothing. */
  readonly secrets?: (contract: Case, fixture: Fixture, replaced: readonly unknown[]) => readonly string[];
  /** Whether the value of a property counts as shown. Default every one. */
  readonly isShown?: (property: PropertyDescriptor) => boolean;
  /** Asks an implementation, and resolves when it has its response. Default nothing. */
  readonly ask?: (fixture: Fixture) => Promise<unknown>;
}

/** The cases whose needs the setup meets. Each runs on a fixture that it disposes of, whatever happens. */
export function bindCases<Fixture extends Disposable, Extra>(
  cases: readonly (UnboundCase<Fixture, string> & Extra)[],
  binding: Binding<Fixture, Extra>,
): readonly ContractCase[] {
  return cases
    .filter(({ needs }) => needs.every(binding.has))
    .map((contract) => ({
      name: contract.name,
      promise: contract.promise,
      run: () => runCase(contract, binding),
    }));
}

/** The steps of a course so far, by the fixture that its case has. */
export const stepsOf = new WeakMap<object, () => string>();

async function runCase<Fixture extends Disposable, Extra>(
  contract: UnboundCase<Fixture, string> & Extra,
  {
    create,
    subject,
    watched,
    secrets,
    isShown,
    ask,
    patienceMs = defaultPatienceMs,
  }: Binding<Fixture, Extra>,
): Promise<void> {
  const calls = new WatchedCalls();
  const another = async (use: (fixture: Fixture) => Promise<unknown>): Promise<void> => {
    const other = await create(contract);
    try {
      await use(calls.watchFixture(other, subject));
    } finally {
      await other.dispose?.();
    }
  };
  const quiet = async (): Promise<void> => {
    await another(ask ?? (() => Promise.resolve()));
    await afterTurns();
  };
  const printed = new PrintWatch();
  const unhandled = watchUnhandledRejections();
  let fixture: Fixture | undefined;
  try {
    fixture = await create(contract);
    const shown = calls.watchFixture(fixture, subject);
    const body = contract.body(shown, quiet, another);
    const steps = (): string => stepsOf.get(shown)?.() ?? '';
    await withinPatience(body, patienceMs, contract.name, () => [calls.pending.join(', '), steps()]);
    await brokenBy(watched.listeners, () => checkLeftNoListeners(calls));
    const reasons = await unhandled.end();
    await brokenBy(watched.unhandled, () => {
      check(reasons.length === 0, `A rejection was left unhandled: ${messageOf(reasons[0])}`);
    });
    const given = [...calls.given].filter(
      (text): text is string => typeof text === 'string' && text.length >= minTokenLength,
    );
    const hidden = searchFor([...given, ...(secrets?.(contract, fixture, calls.replaced) ?? [])]);
    await brokenBy(watched.printed, () => {
      printed.check(hidden);
    });
    for (const [error, call] of calls.errors) checkShowsNone(error, hidden, `The error of ${call}`);
    checkShowsNone(fixture[subject], hidden, 'The implementation', isShown);
  } catch (error) {
    if (fixture === undefined) throw error;
    const { secrets: inspected, errors = inspected } = watched;
    const leaked = error instanceof Leak && (error.isOfError ? errors : inspected);
    throw brokenPromise(leaked || contract.promise, error, calls.errors);
  } finally {
    unhandled[Symbol.dispose]();
    printed[Symbol.dispose]();
    await fixture?.dispose?.();
  }
}

/** A promise that is broken, whatever the case is about that noticed it. */
class BrokenPromise extends Error {
  readonly promise: string;

  constructor(promise: string, reason: unknown) {
    super(described(reason), { cause: reason });
    this.promise = promise;
  }
}

/** @throws BrokenPromise with what `check` throws, or a leak as it is */
export async function brokenBy(promise: string, check: () => unknown): Promise<void> {
  try {
    await check();
  } catch (error) {
    throw error instanceof BrokenPromise || error instanceof Leak ? error : new BrokenPromise(promise, error);
  }
}

/** @throws what `body` throws, whose message goes on with `steps` */
export async function explained(body: () => Promise<void>, steps: () => string): Promise<void> {
  try {
    await body();
  } catch (error) {
    const text = error instanceof BrokenPromise ? error.message : described(error);
    const message = `${text}\n${steps()}`;
    const full = error instanceof Leak ? new Leak(message, error.isOfError) : new AssertionError({ message });
    throw error instanceof BrokenPromise ? new BrokenPromise(error.promise, full) : full;
  }
}

/** @param errors what calls rejected with, each with its call */
function brokenPromise(promise: string, reason: unknown, errors: WatchedCalls['errors']): AssertionError {
  const [broken, cause] =
    reason instanceof BrokenPromise ? [reason.promise, reason.cause] : [promise, reason];
  const text = described(cause, errors.get(cause));
  const error = new AssertionError({ message: `This promise is broken: "${broken}"\n${text}` });
  // Where in the contract it was noticed.
  return Object.assign(error, { cause: reason });
}

/** Not by `instanceof`: what a test framework runs in a realm of its own throws that realm's errors. */
function described(reason: unknown, call = 'It'): string {
  if (reason instanceof AssertionError) return reason.message;
  return `${call} threw or rejected: ${messageOf(reason)}`;
}

function messageOf(reason: unknown): string {
  const { message } = (reason ?? {}) as { readonly message?: unknown };
  return typeof message === 'string' ? message : String(reason);
}
