import type { GetTokenOptions, TokenSource } from '@worker-auth/ports';
import { check } from './checks.ts';
import { casesOf, type ContractPatience } from './contract-case.ts';
import type { WithHooks } from './fixture-hooks.ts';

/** One source, made for one case, with a token endpoint behind it that never issues the same token twice. */
export interface TokenSourceFixture {
  readonly source: TokenSource;
  /** How often the endpoint was asked so far. */
  readonly requests: () => number;
  /** Lets time pass until the newest token has expired. */
  readonly expireToken: () => void | Promise<void>;
  /** From now on the endpoint rejects every request. */
  readonly failRequests: () => void | Promise<void>;
  /** The endpoint answers again, and time passes until the next attempt may be made. Needed when the setup says `canRecover`. */
  readonly recoverRequests?: () => void | Promise<void>;
  /**
   * From now on the endpoint counts requests and answers none, until the returned function is called. Needed when the setup
   * says `canHold`.
   */
  readonly holdRequests?: () => () => void;
  /** Ends what the fixture started. */
  readonly dispose?: () => void | Promise<void>;
}

/** How the source under test is made. */
export interface TokenSourceContractSetup extends ContractPatience {
  /** Makes a source that has asked for no token yet, independent of those made before. */
  create(): TokenSourceFixture | Promise<TokenSourceFixture>;
  /** Whether each fixture has `recoverRequests`. Default false: the cases that need it are not in the list. */
  readonly canRecover?: boolean | undefined;
  /** Whether each fixture has `holdRequests`. Default false: the cases that need it are not in the list. */
  readonly canHold?: boolean | undefined;
}

/** Cases of the contract, before they are bound to a setup. */
export const tokenSourceCases = casesOf<
  WithHooks<TokenSourceFixture, 'recoverRequests' | 'holdRequests'>,
  'canRecover' | 'canHold'
>;

/** What the port's documentation says, as the cases quote it. */
export const tokenSourcePromises = {
  getToken: 'A valid access token: the cached one, or a new one when there is none.',
  failing: 'While requests fail, callers get the error at once: after one request, or two.',
  rejectedToken:
    'Resolves to another one: at once when the current token differs already, else after one shared refresh.',
  kept: 'Nobody else loses the current token by it.',
  forceRefresh:
    'Ask the token endpoint even though the cached token is good; joined with a request in flight.',
  signal: "Ends this caller's wait; the request goes on for the other callers.",
  peek: 'The cached token, or `undefined` when there is none or its life has ended. Synchronous and free of I/O.',
  subscribe: 'Calls `listener` with each new token from now on',
  listeners:
    'a listener may be added twice, may throw, may return a promise that rejects or never settles, and may call back into the source',
  unsubscribe:
    'ends the subscription: the listener is not called any more, not even with a token that is being published',
  printed: 'A source prints no token.',
  process: 'A source that nobody waits for keeps no process alive.',
  signalListeners: 'When a call has ended, it has left no listener on its signal.',
  oneRequest: 'One request is in flight, however many callers ask.',
  failedRefresh:
    'A failed refresh keeps the old token to its end, and never produces an unhandled rejection.',
  secrets: 'No token is shown by inspecting, printing or serialising it.',
} as const;

/** As many callers as a busy worker has at once. */
export const crowd = 100;

/**
 * What many callers in one turn get: a token, or `undefined` for an error.
 *
 * @throws AssertionError unless all get the same
 */
export async function askTogether(
  source: TokenSource,
  options?: GetTokenOptions,
): Promise<string | undefined> {
  const asked = Array.from({ length: crowd }, () => source.getToken(options).catch(() => undefined));
  const [first, ...others] = await Promise.all(asked);
  check(
    others.every((other) => other === first),
    'All who ask at the same time must get the same',
  );
  return first;
}
