import { AssertionError } from 'node:assert';
import { positiveMs } from '../given/check-given.ts';
import { afterTurns, withinPatience } from '../host-time.ts';

/** Below the 5 s after which vitest and jest end a test, so that the case itself says what did not come. */
const defaultPatienceMs = 4_000;

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
 */
type Body<Fixture> = (fixture: Fixture, quiet: () => Promise<void>) => Promise<void>;

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

/** How the cases of a contract are bound to a setup. */
export interface Binding<Fixture, Case> extends ContractPatience {
  readonly has: (need: string) => boolean;
  /** Makes what is tested, for each case; its own failure is no broken promise and comes out as it is. */
  readonly create: (contract: Case) => Fixture | Promise<Fixture>;
  /** Asks an implementation, and resolves when it has its response. Default nothing. */
  readonly ask?: (fixture: Fixture) => Promise<unknown>;
}

/** The cases whose needs the setup meets. Each runs on a fixture that it disposes of, whatever happens. */
export function bindCases<Fixture extends Disposable, Extra>(
  cases: readonly (UnboundCase<Fixture, string> & Extra)[],
  { has, create, ask, patienceMs = defaultPatienceMs }: Binding<Fixture, Extra>,
): readonly ContractCase[] {
  const run = async (contract: UnboundCase<Fixture, string> & Extra): Promise<void> => {
    const fixture = await create(contract);
    const quiet = async (): Promise<void> => {
      const other = await create(contract);
      try {
        await ask?.(other);
      } finally {
        await other.dispose?.();
      }
      await afterTurns();
    };
    try {
      await withinPatience(contract.body(fixture, quiet), patienceMs, contract.name);
    } catch (cause) {
      const message = `This promise is broken: "${contract.promise}"\n${described(cause)}`;
      // Where in the contract it was noticed.
      throw Object.assign(new AssertionError({ message }), { cause });
    } finally {
      await fixture.dispose?.();
    }
  };
  return cases
    .filter(({ needs }) => needs.every(has))
    .map((contract) => ({ name: contract.name, promise: contract.promise, run: () => run(contract) }));
}

/** Not by `instanceof`: what a test framework runs in a realm of its own throws that realm's errors. */
function described(reason: unknown): string {
  if (reason instanceof AssertionError) return reason.message;
  const { message } = (reason ?? {}) as { readonly message?: unknown };
  return `It threw or rejected: ${typeof message === 'string' ? message : String(reason)}`;
}
