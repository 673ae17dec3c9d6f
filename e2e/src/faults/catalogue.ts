import type { Envoy } from '@worker-auth/servers';
import type { FakeDaprSidecar, TemporalAuthGateway } from '@worker-auth/testing-fakes';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Passthrough } from '../bad-days/passthrough.ts';
import { addRule, atGateway, type GatewayGround, isPoll, isWorkerCall, nextPoll } from './at-gateway.ts';
import { atOAuthServer, type OAuth } from './at-provider.ts';
import { tokenFaults } from './at-tokens.ts';
import { type Fault, nothingToMend } from './fault.ts';
import type { ClientSecret, IdentityProvider, Restartable, SecretStore } from './servers.ts';

/** An Envoy, and the addresses of Temporal behind it. */
interface EnvoyGround {
  readonly envoy: Envoy;
  readonly upstreams: readonly Passthrough[];
  /** Starts another one on the same port; resolves to the one before, which goes on. */
  startAnotherEnvoy(): Promise<Envoy>;
}

/** Frontends of one Temporal behind one address. */
interface Frontends {
  readonly gateways: readonly TemporalAuthGateway[];
}

interface Clock {
  readonly clock: { behindMs: number };
}

type Back = Fault<never>['back'];

/** A worker that has work polls more often than this, in ms. */
const polledWithinMs = 2_000;

/** A server is away. */
function away<Servers>(breaks: string, back: Back, pick: (servers: Servers) => Restartable): Fault<Servers> {
  const begin = async (servers: Servers) => {
    await pick(servers).halt();
    return () => pick(servers).restart();
  };
  return { breaks, back, begin };
}

/** Something happens, and nothing has to be mended: a new token is all that is needed. */
function once<Servers>(breaks: string, happen: (servers: Servers) => unknown): Fault<Servers> {
  const begin = async (servers: Servers) => {
    await happen(servers);
    return nothingToMend;
  };
  return { breaks, back: 'token', begin };
}

/** Connections to Temporal are cut behind Envoy. */
function cut(breaks: string, first: number): Fault<Pick<EnvoyGround, 'upstreams'>> {
  return away(breaks, 'workflow', ({ upstreams }) => ({
    halt: () => Promise.all(upstreams.slice(first).map((upstream) => upstream.cut())),
    restart: () => Promise.all(upstreams.slice(first).map((upstream) => upstream.mend())),
  }));
}

/** The clock of Temporal is behind. */
export function clockBehind(seconds: number): Fault<Clock> {
  return {
    ...{ breaks: `clock of Temporal ${seconds} s behind`, back: 'workflow' },
    begin: ({ clock }) => {
      clock.behindMs = seconds * 1_000;
      return () => {
        clock.behindMs = 0;
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
  'key-withdrawn': once(
    'signing key rotated, the old one withdrawn',
    ({ provider }: { provider: IdentityProvider }) => provider.rotateSigningKey(),
  ),

  // As where key sets lag: tokens are signed with a key that Temporal does not know yet.
  'key-late': {
    ...{ breaks: 'signing key rotated, published late', back: 'token' },
    begin: ({ oauth }: OAuth) => {
      const kid = oauth.rotateSigningKey({ keepOld: true, publish: false });
      return () => {
        oauth.publishKey(kid);
      };
    },
  },

  // The client's secret, and where it is kept.
  'secret-rotated': once(
    'client secret rotated, the old one rejected',
    ({ secret }: { secret: Pick<ClientSecret, 'rotate'> }) => secret.rotate(),
  ),
  'secret-wrong': {
    ...{ breaks: 'client secret replaced by a wrong one', back: 'token' },
    begin: ({ secret }: { readonly secret: ClientSecret }) => secret.spoil(),
  },
  'secret-outdated': once('client secret rotated, and the store has the old one', ({ oauth }: OAuth) =>
    oauth.rotateClientSecret(),
  ),
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
    begin: ({ oauth, dapr }: OAuth & { readonly dapr: FakeDaprSidecar }) => {
      // Credentials that are not rejected are not read again.
      oauth.rotateClientSecret();
      dapr.failWith({ status: 500, body: '' });
      return () => {
        dapr.recover();
      };
    },
  },

  // Temporal, and what stands before it.
  'temporal-away': away('Temporal away', 'workflow', ({ temporal }: { temporal: Restartable }) => temporal),
  ...tokenFaults,
  rejected: atGateway('good tokens rejected', 'permissionDenied'),
  'workers-rejected': atGateway('good tokens of workers rejected', 'permissionDenied', isWorkerCall),
  'workers-throttled': atGateway('calls of workers throttled', 'throttled', isWorkerCall),
  'polls-rejected': atGateway('polls alone rejected', 'permissionDenied', isPoll),
  unauthenticated: atGateway('every call UNAUTHENTICATED', 'unauthenticated'),
  'html-401': atGateway('every call HTTP 401 with a page of HTML', 'html401'),
  goaway: atGateway('GOAWAY at every call', 'goAway'),
  'goaway-each-2-s': {
    // What is under way on a connection goes on, and nothing new.
    ...{ breaks: 'GOAWAY each 2 s', back: 'workflow' },
    begin: ({ gateway }: GatewayGround) => {
      const timer = setInterval(() => {
        gateway.injectFault('goAway');
      }, 2_000);
      return () => {
        clearInterval(timer);
      };
    },
  },
  unavailable: atGateway('every call UNAVAILABLE', 'unavailable'),
  reset: atGateway('every call reset', 'connectionReset'),
  throttled: {
    ...{ breaks: 'every other call of workers throttled', back: 'workflow' },
    begin: ({ gateway }: GatewayGround) => {
      let calls = 0;
      return addRule(gateway, ({ method }) =>
        isWorkerCall(method) && ++calls % 2 === 0 ? 'throttled' : undefined,
      );
    },
  },
  'frontend-rejects': {
    ...{ breaks: 'one of two frontends rejects, the one that is polled', back: 'workflow' },
    begin: async ({ gateways }: Frontends) => {
      const polled = gateways.map((gateway) => nextPoll(gateway).then(() => gateway));
      const first = sleep(polledWithinMs).then(() => gateways[0]);
      const gateway = await Promise.race([...polled, first]);
      return gateway === undefined ? nothingToMend : addRule(gateway, () => 'permissionDenied');
    },
  },
  'clocks-apart': clockBehind(3),
  silent: atGateway('no call answered', 'neverAnswers'),
  'half-open': once('connections half-open', ({ network }: { readonly network: Passthrough }) => {
    network.forget();
  }),
  'connections-hang': {
    ...{ breaks: 'nothing comes through connections that are open', back: 'workflow' },
    begin: ({ network }: { readonly network: Passthrough }) => network.hang(),
  },
  'connections-cut': {
    ...{ breaks: 'connections cut each second', back: 'workflow' },
    begin: ({ gateway }: GatewayGround) => {
      const timer = setInterval(() => {
        gateway.dropConnections();
      }, 1_000);
      return () => {
        clearInterval(timer);
      };
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
  'upstreams-cut': cut('both upstreams of Envoy away', 0),
  'upstream-cut': cut('one of two upstreams of Envoy away', 1),
} as const satisfies Readonly<Record<string, Fault<never>>>;
