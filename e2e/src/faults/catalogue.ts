import type { Envoy } from '@worker-auth/servers';
import { type FakeDaprSidecar, type MockOAuthServer, tokenFingerprint } from '@worker-auth/testing-fakes';
import type { Passthrough } from '../bad-days/passthrough.ts';
import { addRule, atGateway, type GatewayGround, isPoll, isWorkerCall } from './at-gateway.ts';
import { type Fault, nothingToMend } from './fault.ts';
import type { ClientSecret, IdentityProvider, Restartable, SecretStore } from './servers.ts';

/** An Envoy, and the addresses of Temporal behind it. */
interface EnvoyGround {
  readonly envoy: Envoy;
  readonly upstreams: readonly Passthrough[];
  /** Starts another one on the same port; resolves to the one before, which goes on. */
  startAnotherEnvoy(): Promise<Envoy>;
}

/** A server is away. */
function away<Servers>(
  breaks: string,
  back: 'workflow' | 'token',
  of: (servers: Servers) => Restartable,
): Fault<Servers> {
  return {
    ...{ breaks, back },
    begin: async (servers) => {
      await of(servers).halt();
      return () => of(servers).restart();
    },
  };
}

/** Every request for a token meets the fault of the fake OAuth server. */
function atOAuthServer(
  breaks: string,
  fault: 'unavailable503' | 'neverAnswers',
): Fault<{ readonly oauth: MockOAuthServer }> {
  return {
    ...{ breaks, back: 'token' },
    begin: ({ oauth }) => {
      oauth.failWith(fault);
      return Promise.resolve(() => {
        oauth.recover();
        return nothingToMend();
      });
    },
  };
}

/** Connections to Temporal are cut behind Envoy. */
function cut(
  breaks: string,
  which: (upstreams: readonly Passthrough[]) => readonly Passthrough[],
): Fault<Pick<EnvoyGround, 'upstreams'>> {
  return {
    ...{ breaks, back: 'workflow' },
    begin: async ({ upstreams }) => {
      await Promise.all(which(upstreams).map((upstream) => upstream.cut()));
      return async () => {
        await Promise.all(which(upstreams).map((upstream) => upstream.mend()));
      };
    },
  };
}

/** Everything that bad days, chaos, the demonstration and the tests of the alert rules break, by its name. */
export const faults = {
  // The identity provider.
  'provider-away': away(
    'OAuth server away',
    'token',
    ({ provider }: { provider: IdentityProvider }) => provider,
  ),
  'provider-unavailable': atOAuthServer('OAuth server answers 503', 'unavailable503'),
  'provider-silent': atOAuthServer('OAuth server answers nothing', 'neverAnswers'),
  'key-withdrawn': {
    ...{ breaks: 'signing key rotated, the old one withdrawn', back: 'token' },
    begin: async ({ provider }: { readonly provider: IdentityProvider }) => {
      await provider.rotateSigningKey();
      return nothingToMend;
    },
  },

  // The client's secret, and where it is kept.
  'secret-rotated': {
    ...{ breaks: 'client secret rotated, the old one refused', back: 'token' },
    begin: async ({ secret }: { readonly secret: Pick<ClientSecret, 'rotate'> }) => {
      await secret.rotate();
      return nothingToMend;
    },
  },
  'secret-wrong': {
    ...{ breaks: 'client secret replaced by a wrong one', back: 'token' },
    begin: ({ secret }: { readonly secret: ClientSecret }) => secret.spoil(),
  },
  'secret-outdated': {
    ...{ breaks: 'client secret rotated, and the secret store has the old one', back: 'token' },
    begin: ({ oauth }: { readonly oauth: MockOAuthServer }) => {
      oauth.rotateClientSecret();
      return Promise.resolve(nothingToMend);
    },
  },
  'store-away': {
    ...{ breaks: 'client secret rotated while sidecar and secret store are away', back: 'token' },
    begin: async ({ secret, store }: { readonly secret: ClientSecret; readonly store: SecretStore }) => {
      const putRight = await secret.spoil();
      await store.halt();
      return () => store.restart(putRight);
    },
  },
  'store-failing': {
    ...{ breaks: 'client secret rotated while the sidecar answers 500', back: 'token' },
    begin: ({ oauth, sidecar }: { readonly oauth: MockOAuthServer; readonly sidecar: FakeDaprSidecar }) => {
      // Credentials that are not refused are not read again.
      oauth.rotateClientSecret();
      sidecar.failWith({ status: 500, body: '' });
      return Promise.resolve(() => {
        sidecar.recover();
        return nothingToMend();
      });
    },
  },

  // Temporal, and what stands before it.
  'temporal-away': away(
    'Temporal away',
    'workflow',
    ({ temporal }: { readonly temporal: Restartable }) => temporal,
  ),
  'tokens-revoked': {
    ...{ breaks: 'all tokens revoked that were issued so far', back: 'token' },
    /** Of a real identity provider those are known that were seen. */
    begin: ({ gateway, oauth }: GatewayGround & { readonly oauth?: MockOAuthServer }) => {
      const revoked = new Set([...gateway.tokensOf(), ...(oauth?.issuedTokens.map(tokenFingerprint) ?? [])]);
      addRule(gateway, ({ token }) =>
        token !== undefined && revoked.has(token.fingerprint) ? 'permissionDenied' : undefined,
      );
      return Promise.resolve(nothingToMend);
    },
  },
  refused: atGateway('good tokens refused', 'permissionDenied'),
  'workers-refused': atGateway('good tokens of workers refused', 'permissionDenied', isWorkerCall),
  'polls-refused': atGateway('polls alone refused', 'permissionDenied', isPoll),
  unauthenticated: atGateway('every call UNAUTHENTICATED', 'unauthenticated'),
  'html-401': atGateway('every call HTTP 401 with a page of HTML', 'html401'),
  goaway: atGateway('GOAWAY at every call', 'goAway'),
  unavailable: atGateway('every call UNAVAILABLE', 'unavailable'),
  reset: atGateway('every call reset', 'connectionReset'),
  silent: atGateway('no call answered', 'neverAnswers'),
  'connections-cut': {
    ...{ breaks: 'connections cut each second', back: 'workflow' },
    begin: ({ gateway }: GatewayGround) => {
      const timer = setInterval(() => {
        gateway.dropConnections();
      }, 1_000);
      return Promise.resolve(() => {
        clearInterval(timer);
        return nothingToMend();
      });
    },
  },

  // Envoy in the gateway's place.
  'envoy-away': away('Envoy away', 'workflow', ({ envoy }: Pick<EnvoyGround, 'envoy'>) => envoy),
  'envoy-replaced': {
    ...{ breaks: 'Envoy drained, another one on the same port', back: 'workflow' },
    begin: async ({ startAnotherEnvoy }: Pick<EnvoyGround, 'startAnotherEnvoy'>) => {
      const before = await startAnotherEnvoy();
      await before.drain();
      return () => before.stop();
    },
  },
  'upstreams-cut': cut('both upstreams of Envoy away', (upstreams) => upstreams),
  'upstream-cut': cut('one of two upstreams of Envoy away', (upstreams) => upstreams.slice(1)),
} as const satisfies Readonly<Record<string, Fault<never>>>;
