import type { TemporalDevServer } from '@worker-auth/servers';
import type { FakeStack, MockOAuthServer, TemporalAuthGateway } from '@worker-auth/testing-fakes';
import type { GatewayGround } from '../faults/at-gateway.ts';
import { faults } from '../faults/catalogue.ts';
import type { Fault, Mend } from '../faults/fault.ts';
import { providerOf } from '../faults/servers.ts';

/** Of the user's own servers none is broken. */
const reasons = {
  oauth: 'the tokens are not ours, or there are none',
  temporal: 'Temporal is your own',
} as const;

/** What of the demonstration is ours to break. */
export interface Breakable {
  /** OAuth server and sidecar; `undefined` when the user has an OAuth server, or no authentication. */
  readonly fakes: FakeStack | undefined;
  /** The frontends of Temporal, which check tokens; none where there are no `fakes`. */
  readonly gateways: readonly TemporalAuthGateway[];
  /** That of the frontends. */
  readonly clock: { behindMs: number };
  /** `undefined` when the user has one. */
  readonly temporal: TemporalDevServer | undefined;
}

interface OAuth {
  readonly oauth: MockOAuthServer;
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
  /** Lets it begin; resolves to what mends it. A text: why it cannot be. */
  readonly begin: (() => Mend | Promise<Mend>) | string;
}

/**
 * The faults, in the order of their buttons.
 *
 * @param atMostSeconds how long any of them lasts at most
 */
export function demoFaults(breakable: Breakable, atMostSeconds: number): readonly DemoFault[] {
  const { temporal } = breakable;
  const ofOAuth = groundOf(breakable) ?? reasons.oauth;
  const ofTemporal = temporal === undefined ? reasons.temporal : { temporal };
  const rejectedSeconds = Math.min(90, atMostSeconds);
  const button = <Servers>(
    fault: Fault<Servers>,
    servers: Servers | string,
    seconds: number,
    texts: Pick<DemoFault, 'name' | 'title' | 'effect'>,
  ): DemoFault => ({
    ...texts,
    seconds: Math.min(seconds, atMostSeconds),
    needsToken: fault.back === 'token',
    begin: typeof servers === 'string' ? servers : () => fault.begin(servers),
  });
  return [
    button(faults['secret-rotated'], ofOAuth, 0, {
      name: 'rotate-secret',
      title: 'Rotate the secret',
      effect:
        'The old secret is rejected. Our worker reads it again. The plain one has the old secret until its end.',
    }),
    button(faults['provider-away'], ofOAuth, 30, {
      name: 'stop-oauth',
      title: 'Stop the OAuth server',
      effect: 'No new token. The last one ends, and Temporal rejects it until there is a new one.',
    }),
    button(atEach(faults['tokens-revoked']), ofOAuth, 0, {
      name: 'revoke-tokens',
      title: 'Revoke the tokens',
      effect: 'Temporal rejects every token that was issued so far. The first rejection brings a new one.',
    }),
    button(faults['key-withdrawn'], ofOAuth, 0, {
      name: 'withdraw-key',
      title: 'Withdraw the signing key',
      effect: 'No token that the old key signed is good any more. The first rejection brings a new one.',
    }),
    button(faults['temporal-away'], ofTemporal, 5, {
      name: 'restart-temporal',
      title: 'Restart Temporal',
      effect: 'It is unavailable, then back with its workflows. The results of activities wait for it.',
    }),
    button(atEach(faults.rejected), ofOAuth, 90, {
      name: 'reject',
      title: `Reject for ${rejectedSeconds} s`,
      effect: 'Temporal rejects every call, whatever its token. The worker asks again until it stops.',
    }),
    button(faults['frontend-rejects'], ofOAuth, 40, {
      name: 'one-frontend',
      title: 'One of two frontends rejects',
      effect: 'The frontend that the worker polls rejects every call. The worker connects to the other one.',
    }),
    button(atEach(faults.throttled), ofOAuth, 30, {
      name: 'throttle',
      title: 'Throttle the namespace',
      effect: 'Every other call of the worker is RESOURCE_EXHAUSTED. It keeps its token, and waits.',
    }),
    button(faults['clocks-apart'], ofOAuth, 40, {
      name: 'clocks',
      title: 'Clocks 3 s apart',
      effect: 'Temporal rejects a token until it is 3 s old. The one before stays in use while it lives.',
    }),
  ];
}

/** The fake servers, for the faults of the catalogue. */
function groundOf({ fakes, gateways, clock }: Breakable) {
  if (fakes === undefined) return undefined;
  const { oauth } = fakes;
  const rotate = (): Promise<void> => {
    fakes.rotateClientSecret();
    return Promise.resolve();
  };
  return { oauth, gateways, clock, provider: providerOf(oauth), secret: { rotate } };
}

/** The fault at each of the frontends. */
function atEach({
  begin,
  ...fault
}: Fault<GatewayGround & OAuth>): Fault<Pick<Breakable, 'gateways'> & OAuth> {
  return {
    ...fault,
    begin: async ({ gateways, oauth }) => {
      const mends = await Promise.all(gateways.map(async (gateway) => begin({ gateway, oauth })));
      return async () => {
        for (const mend of mends) await mend();
      };
    },
  };
}
