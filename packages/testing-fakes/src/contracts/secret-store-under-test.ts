import type { Secret, SecretStore } from '@worker-auth/ports';
import { casesOf, type ContractPatience, type UnboundCase } from './contract-case.ts';
import type { WithHooks } from './fixture-hooks.ts';

/** Secrets by name, each with its fields. */
export type ContractSecrets = Readonly<Record<string, Secret>>;

/** One store with content, made for one case. */
export interface SecretStoreFixture {
  readonly store: SecretStore;
  /** Replaces everything that the store holds. */
  replace(secrets: ContractSecrets): void | Promise<void>;
  /** Makes the back end unable to answer. Needed when the setup says `canFail`. */
  break?(): void | Promise<void>;
  /** Ends what `break` and `hang` did, for reads from now on. Needed when the setup says `canMend`. */
  mend?(): void | Promise<void>;
  /**
   * From now on the back end takes reads and answers none. A store with this hook must have a deadline of its own, below the patience of
   * the contract, on a clock that goes on. Needed when the setup says `canHang`.
   */
  hang?(): void | Promise<void>;
  /** From now on the back end answers with what is no secret at all. Needed when the setup says `canAnswerMalformed`. */
  answerMalformed?(): void | Promise<void>;
  /** How many requests the back end got so far: of reads that failed and of retries too. Needed when the setup says `canCountReads`. */
  reads?(): number;
  /** What the store knows and must never show, such as the token that it sends to its back end. */
  readonly secrets?: readonly string[] | undefined;
  /** Ends what the fixture started. */
  dispose?(): void | Promise<void>;
}

/** How the store under test is made, and what its fixtures can do: cases that need more are not in the list. */
export interface SecretStoreContractSetup extends ContractPatience {
  /**
   * `map`: a secret has any number of fields, of any names. `value`: a secret is one value, as in the environment; `get('NAME')` gives
   * `{ NAME: value }`, and only such secrets are put into the store.
   */
  readonly shape: 'map' | 'value';
  /** Whether the back end can be unable to answer; left out for a store that is in this process, which reads at once. */
  readonly canFail?: boolean | undefined;
  readonly canMend?: boolean | undefined;
  readonly canHang?: boolean | undefined;
  readonly canAnswerMalformed?: boolean | undefined;
  readonly canCountReads?: boolean | undefined;
  /** Names that the back end can have, beside plain ones. Default names with a space, a slash, signs, unicode and capitals. */
  readonly names?: readonly string[] | undefined;
  /** Makes a store that holds exactly `secrets`. */
  create(secrets: ContractSecrets): SecretStoreFixture | Promise<SecretStoreFixture>;
}

/** A fixture as a case has it that needs its hooks. */
export type HookedSecretStore = WithHooks<
  SecretStoreFixture,
  'break' | 'mend' | 'hang' | 'answerMalformed' | 'reads'
>;

type Need = 'canFail' | 'canMend' | 'canHang' | 'canAnswerMalformed' | 'canCountReads' | 'map';

/** One case of the contract, before it is bound to a setup. */
export interface SecretStoreCase extends UnboundCase<HookedSecretStore, Need> {
  /** What the store holds. */
  readonly secrets: ContractSecrets;
}

/** Makes fields in the shape of the store. */
export type FieldsOf = (name: string, value: string) => Record<string, string>;

/** Cases over a store that holds these. */
export function casesWith(
  secrets: ContractSecrets,
): (...parts: Parameters<typeof casesOf<HookedSecretStore, Need>>) => readonly SecretStoreCase[] {
  return (...parts) =>
    casesOf<HookedSecretStore, Need>(...parts).map((contract) => ({ ...contract, secrets }));
}

/** What the port's documentation says, as the cases quote it. */
export const secretStorePromises = {
  outcomes:
    'Three outcomes must never be confused: found (the fields), not there (`undefined`), cannot answer (throws).',
  empty: 'An empty string counts as "not there" and is left out.',
  secrets: 'Nothing secret is shown by an error, or by inspecting or serialising the store.',
  printed: 'A read prints nothing secret.',
  own: "What a caller does to what it got changes nobody else's: that is frozen, or each caller's own.",
  stale: 'A store that asks its back end and gets no response throws, whatever it has read before.',
  apart: 'A read without a response, or one that failed, holds up no other one.',
  listeners: 'When a call has ended, it has left no listener on its signal.',
  process: 'A store that nobody waits for keeps no process alive, and leaves no rejection unhandled.',
  name: "the secret's name, as the store knows it",
  signal: "ends this read; the promise then rejects with the signal's reason",
  fields: 'its fields, or `undefined` when the store says that it has no such secret',
  cannot: 'when the store cannot answer: unreachable, rejected, or a response that makes no sense',
  invalidate: 'Forgets whatever is remembered, so that the next `get` is a fresh read.',
} as const;
