import { AssertionError } from 'node:assert';
import { positiveMs } from '../given/check-given.ts';
import { withinPatience } from '../host-time.ts';

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

/** What a case is made of. */
export interface ContractCaseParts<Fixture> extends ContractPatience {
  readonly name: string;
  readonly promise: string;
  /** Makes what is tested; its own failure is no broken promise and comes out as it is. */
  readonly create: () => Fixture | Promise<Fixture>;
  /** Throws, or rejects, when the promise is not kept. */
  readonly body: (fixture: Fixture) => Promise<void>;
}

/** A case that runs on a fixture of its own, and disposes of it whatever happens. */
export function contractCase<Fixture extends { dispose?(): void | Promise<void> }>(
  parts: ContractCaseParts<Fixture>,
): ContractCase {
  const { name, promise, create, body, patienceMs = defaultPatienceMs } = parts;
  return {
    name,
    promise,
    async run() {
      const fixture = await create();
      try {
        await withinPatience(body(fixture), patienceMs);
      } catch (error) {
        throw brokenPromise(promise, error);
      } finally {
        await fixture.dispose?.();
      }
    },
  };
}

function brokenPromise(promise: string, reason: unknown): AssertionError {
  const error = new AssertionError({ message: `This promise is broken: "${promise}"\n${described(reason)}` });
  // Where in the contract it was noticed.
  return Object.assign(error, { cause: reason });
}

/** Not by `instanceof`: what a test framework runs in a realm of its own throws that realm's errors. */
function described(reason: unknown): string {
  if (reason instanceof AssertionError) return reason.message;
  const { message } = (reason ?? {}) as { readonly message?: unknown };
  return `It threw or rejected: ${typeof message === 'string' ? message : String(reason)}`;
}
