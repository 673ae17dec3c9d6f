import type { DaprSidecar } from '@worker-auth/ports';
import { check } from '../checks.ts';
import { brokenBy, casesOf, type ContractPatience } from '../contract-case.ts';
import { deployment } from './dapr-content.ts';

/** How a sidecar, or what stands in its place, misbehaves. */
export type DaprMisbehaviour =
  /** Its components are not loaded yet. */
  | 'loading'
  /** Its components are loaded, and the app that it belongs to is not ready. It answers everything else. */
  | 'awaitsApp'
  /** It takes requests and answers none. */
  | 'silent'
  /** It sends the headers of a response, and nothing more. */
  | 'unfinished'
  /** It resets the connection. */
  | 'reset'
  /** Its response ends before its end. */
  | 'truncated'
  /** It answers 200 with a page of HTML. */
  | 'html'
  /** It answers 200 with a list in JSON. */
  | 'list'
  /** It redirects to another path of its own, which counts as a second request. */
  | 'redirect'
  /** It answers 204, with no content: a component has nothing under the name, and does not call that an error. */
  | 'noContent'
  /** The back end of its components fails: 500, `ERR_SECRET_GET`, and a text that says nothing of a missing secret. */
  | 'backEndFails';

/** Those by which a call ends at once, with no answer of use. */
export const unanswered = [
  'reset',
  'truncated',
  'html',
  'list',
  'redirect',
  'backEndFails',
] as const satisfies readonly DaprMisbehaviour[];

const others = ['loading', 'awaitsApp', 'silent', 'unfinished', 'noContent'] as const;
export const misbehaviours: readonly DaprMisbehaviour[] = [...others, ...unanswered];

/**
 * A way to reach a Dapr sidecar. It asks once: no retries and no deadline of its own. All methods reject when the sidecar cannot answer, with a
 * `code` that says why and nothing secret, or with the signal's reason. A call without a response holds up no other one. It prints nothing
 * secret, nor is any shown by inspecting it. When a call has ended, it has left no listener on its signal.
 */
export type DaprSidecarUnderTest = Pick<DaprSidecar, 'isReady' | 'getComponents' | 'getSecret'>;

/** The sidecar that the adapter under test reaches. */
export interface DaprSidecarContractSetup extends ContractPatience {
  /** Makes an adapter that sends the right API token, where the sidecar asks for one, or `apiToken` in its place. */
  connect(options?: { readonly apiToken?: string }): DaprSidecarUnderTest;
  /** Name of a `secretstores.local.file` component, `multiValued`, over {@link daprContractSecrets}. */
  readonly fileComponent: string;
  /** Name of a `secretstores.local.env` component whose sidecar has {@link daprContractVariable}. */
  readonly environmentComponent: string;
  /** Whether the sidecar asks for an API token. */
  readonly asksForToken: boolean;
  /** A secret of `fileComponent` that the sidecar's scopes deny, when there is one. */
  readonly deniedSecret?: string;
  /** The names of all components of the sidecar, in its order, where they are known. */
  readonly componentNames?: readonly string[];
  /**
   * Makes the sidecar misbehave, until the returned function is called. Without it, as for a real sidecar, the cases that need it are not
   * in the list.
   */
  readonly misbehave?: (how: DaprMisbehaviour) => () => void;
  /** The misbehaviours that end no call before a deadline of its caller or of the client below. No case tries them. Default none. */
  readonly leftToDeadlines?: readonly DaprMisbehaviour[];
  /** What nobody may show or print beside the secrets, such as the right API token. Default nothing. */
  readonly secrets?: readonly string[];
  /** How many requests the sidecar got so far. Without it the cases that count are not in the list. */
  readonly requests?: () => number;
}

/** What a case has: the setup, and an adapter of its own. */
export interface DaprFixture extends DaprSidecarContractSetup {
  readonly adapter: DaprSidecarUnderTest;
  readonly dispose?: undefined;
}

/** Cases of the contract, before they are bound to a setup. */
export const daprCases = casesOf<DaprFixture, 'asksForToken' | 'deniedSecret' | 'misbehave' | 'requests'>;

/** A call of each kind, of a secret that exists. */
export function callsOf(
  { adapter, fileComponent }: Pick<DaprFixture, 'adapter' | 'fileComponent'>,
  signal: AbortSignal,
): readonly Promise<unknown>[] {
  return [
    adapter.isReady({ signal }),
    adapter.getComponents({ signal }),
    adapter.getSecret(fileComponent, deployment, { signal }),
  ];
}

/** @throws AssertionError unless one request was made since there were `before` of them */
export async function checkAskedOnce({ requests }: DaprFixture, before: number, what: string): Promise<void> {
  const made = (requests?.() ?? before + 1) - before;
  await brokenBy(daprPromises.once, () => {
    check(made === 1, `${made} requests for ${what}: ask once`);
  });
}

/** Runs `body` while the sidecar misbehaves. */
export async function during(
  { misbehave }: DaprFixture,
  how: DaprMisbehaviour,
  body: () => Promise<void>,
): Promise<void> {
  const end = misbehave?.(how);
  try {
    await body();
  } finally {
    end?.();
  }
}

/** What the documentation of `DaprSidecar` says, as the cases quote it. */
export const daprPromises = {
  ready: 'Whether its components are loaded.',
  components: 'The components that it has loaded, in its order.',
  secret: 'The fields of a secret, or `undefined` when there is none.',
  empty: 'An empty string counts as "not there" and is left out.',
  once: 'It asks once: no retries and no deadline of its own.',
  apart: 'A call without a response holds up no other one.',
  printed: 'It prints nothing secret.',
  secrets: 'Nothing secret is shown by inspecting or serialising it.',
  process: 'It keeps no process alive, and leaves no rejection unhandled.',
  listeners: 'When a call has ended, it has left no listener on its signal.',
  rejects:
    "All methods reject when the sidecar cannot answer, with a `code` that says why and nothing secret, or with the signal's reason.",
} as const;
