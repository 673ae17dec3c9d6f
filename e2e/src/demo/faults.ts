import type { TemporalDevServer } from '@worker-auth/servers';
import { type FakeStack, tokenFingerprint } from '@worker-auth/testing-fakes';
import { type EndFault, rotateSigningKey, takeOAuthServerAway } from '../chaos/faults.ts';

/** Of the user's own servers none is broken. */
const reasons = {
  oauth: 'the tokens are not ours, or there are none',
  temporal: 'Temporal is your own',
} as const;

/** What of the demonstration is ours to break. */
export interface Breakable {
  /** OAuth server, sidecar and gateway; `undefined` when the user has an OAuth server, or no authentication. */
  readonly fakes: FakeStack | undefined;
  /** `undefined` when the user has one. */
  readonly temporal: TemporalDevServer | undefined;
}

/** Something that a person, or chance, may break. */
export interface DemoFault {
  /** In the address that breaks it. */
  readonly name: string;
  /** On its button. */
  readonly title: string;
  /** What is to be seen then. */
  readonly effect: string;
  /** How long it lasts; 0: it is done in a moment, and nothing ends it. */
  readonly seconds: number;
  /** Whether the worker is back with a new token alone. */
  readonly needsToken: boolean;
  /** Lets it begin; resolves to what ends it. A text: why it cannot be. */
  readonly begin: (() => Promise<EndFault>) | string;
}

/**
 * The faults, in the order of their buttons.
 *
 * @param atMostSeconds how long any of them lasts at most
 */
export function demoFaults({ fakes, temporal }: Breakable, atMostSeconds: number): readonly DemoFault[] {
  const gate = fakes === undefined ? undefined : new Gate(fakes);
  const ofOAuth = (begin: (own: FakeStack) => Promise<EndFault>): DemoFault['begin'] =>
    fakes === undefined ? reasons.oauth : () => begin(fakes);
  const lasting = (seconds: number): number => Math.min(seconds, atMostSeconds);
  const refusedSeconds = lasting(90);
  return [
    {
      name: 'stop-oauth',
      title: 'Stop the OAuth server',
      effect: 'No new token. The last one ends, Temporal refuses it, and the workers are parked.',
      ...{ seconds: lasting(30), needsToken: true, begin: ofOAuth(takeOAuthServerAway) },
    },
    {
      name: 'rotate-secret',
      title: 'Rotate the secret',
      effect: 'The next request for a token is refused. The secret is read again, and the new one used.',
      ...{ seconds: 0, needsToken: true, begin: ofOAuth(rotateSecret) },
    },
    {
      name: 'revoke-tokens',
      title: 'Revoke the tokens',
      effect: 'Temporal refuses every token that was issued so far. The first refusal brings a new one.',
      ...{ seconds: 0, needsToken: true, begin: gate?.revokeTokens ?? reasons.oauth },
    },
    {
      name: 'withdraw-key',
      title: 'Withdraw the signing key',
      effect: 'No token that the old key signed is good any more. The first refusal brings a new one.',
      ...{ seconds: 0, needsToken: true, begin: ofOAuth(rotateSigningKey) },
    },
    {
      name: 'restart-temporal',
      title: 'Restart Temporal',
      effect: 'It is away, then back with its workflows. The results of activities wait for it.',
      ...{
        seconds: lasting(5),
        needsToken: false,
        begin: temporal ? restarting(temporal) : reasons.temporal,
      },
    },
    {
      name: 'refuse',
      title: `Refuse for ${refusedSeconds} s`,
      effect: 'Temporal refuses every call, whatever its token. The workers are parked until it stops.',
      ...{ seconds: refusedSeconds, needsToken: false, begin: gate?.refuse ?? reasons.oauth },
    },
  ];
}

const nothing: EndFault = () => Promise.resolve();

function rotateSecret(fakes: FakeStack): Promise<EndFault> {
  fakes.rotateClientSecret();
  return Promise.resolve(nothing);
}

function restarting(temporal: TemporalDevServer): () => Promise<EndFault> {
  return async () => {
    await temporal.halt();
    return () => temporal.restart();
  };
}

/** Decides for the gateway which calls it refuses. */
class Gate {
  readonly #fakes: FakeStack;
  #refusesAll = false;
  #revoked: ReadonlySet<string | undefined> = new Set();

  constructor(fakes: FakeStack) {
    this.#fakes = fakes;
    fakes.gateway?.failWith(({ token }) =>
      this.#refusesAll || this.#revoked.has(token?.fingerprint) ? 'permissionDenied' : undefined,
    );
  }

  readonly refuse = (): Promise<EndFault> => {
    this.#refusesAll = true;
    return Promise.resolve(() => {
      this.#refusesAll = false;
      return Promise.resolve();
    });
  };

  readonly revokeTokens = (): Promise<EndFault> => {
    this.#revoked = new Set(this.#fakes.oauth.issuedTokens.map(tokenFingerprint));
    return Promise.resolve(nothing);
  };
}
