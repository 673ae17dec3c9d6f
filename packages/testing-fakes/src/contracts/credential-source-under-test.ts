import type { CredentialSource } from '@worker-auth/ports';
import { casesOf, type ContractPatience } from './contract-case.ts';
import type { WithHooks } from './fixture-hooks.ts';

/** A client id and its secret. */
export interface ContractCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** One source, made for one case. */
export interface CredentialSourceFixture {
  readonly source: CredentialSource;
  /** Replaces the credentials in the store that the source reads; `undefined` removes them. */
  replace(credentials: ContractCredentials | undefined): void | Promise<void>;
  /** How many requests the store got so far: of reads that failed and of retries too. */
  reads(): number;
  /** Makes the store unable to answer. Needed when the setup says `canFail`. */
  break?(): void | Promise<void>;
  /** Ends what `break` did. Needed when the setup says `canFail`. */
  mend?(): void | Promise<void>;
  /**
   * From now on the store takes reads and answers none, until the returned function is called. Reads that an earlier hold has are not
   * answered by it. Needed when the setup says `canHold`.
   */
  holdReads?(): () => void;
  /** Ends what the fixture started. */
  dispose?(): void | Promise<void>;
}

/** How the source under test is made, and what its fixtures can do: cases that need more are not in the list. */
export interface CredentialSourceContractSetup extends ContractPatience {
  /** Makes a source that has read nothing yet, independent of those made before. */
  create(credentials: ContractCredentials): CredentialSourceFixture | Promise<CredentialSourceFixture>;
  readonly canFail?: boolean | undefined;
  readonly canHold?: boolean | undefined;
}

/** What the port's documentation says, as the cases quote it. */
export const credentialSourcePromises = {
  secrets:
    'The client secret is shown by no error, and by inspecting, printing or serialising neither the source nor what it gives. A getter that is not enumerable may give it.',
  printed: 'A source prints no secret.',
  process: 'A source that nobody waits for keeps no process alive, and leaves no rejection unhandled.',
  own: "What a caller does to what it got changes nobody else's: that is frozen, or each caller's own.",
  listeners: 'When a call has ended, it has left no listener on its signal.',
  get: 'The credentials, read from their store at the first call and remembered',
  oneRead: 'one read serves all who ask at the same time',
  failure: 'A failure is not remembered.',
  signal:
    "ends this caller's wait; the read goes on for the other callers, and none begins for a signal that is aborted already",
  none: 'when there are none, when one half of them is empty, or when a store cannot answer',
  source: 'Where they came from, for logs and error messages; never secret.',
  invalidate: 'Forgets what is remembered, so that the next `get` reads the store again: rotation.',
} as const;

/** What each fixture begins with: texts that a decoder, a parser of lines, a trim, a code page or a lower case would change. */
export const firstCredentials: ContractCredentials = {
  clientId: 'Contract:Id-1',
  clientSecret: ' q7%2DZk+w4~Xv=é日%2BJ9== ',
};

/** What the store holds later: white space at the ends, signs of JSON, and letters that a form of Unicode or a code page would change. */
export const secondCredentials: ContractCredentials = {
  clientId: 'contract-id-2',
  clientSecret: '  G3_kz"V8\\pq!é–ﬁe\u0301R5Ω日*hx ',
};
export const contractSecrets = [firstCredentials.clientSecret, secondCredentials.clientSecret];

/** Cases of the contract, before they are bound to a setup. */
export const credentialSourceCases = casesOf<
  WithHooks<CredentialSourceFixture, 'break' | 'mend' | 'holdReads'>,
  'canFail' | 'canHold'
>;
