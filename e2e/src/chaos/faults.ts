import type { RpcFaultName } from '@worker-auth/testing-fakes';
import type { GuardedTemporal } from '../fixtures/guarded-temporal.ts';

/** Something that goes wrong between a worker, its OAuth server and its Temporal. */
export interface Fault {
  readonly title: string;
  /** How long it lasts at most, in seconds. At the least it lasts 5 s: what is shorter than the watchdog's pace is another matter. */
  readonly atMostSeconds: number;
  /** Lets it begin; resolves to what ends it. */
  begin(ground: GuardedTemporal): Promise<EndFault>;
}

/** Ends a fault; resolves when it is over. */
export type EndFault = () => Promise<void>;

/** Whose tokens are no more to be had, or no more good. */
type OAuthGround = Pick<GuardedTemporal, 'oauth'>;

/** Every call of the workers meets the fault of the gateway. */
function atGateway(title: string, fault: RpcFaultName, atMostSeconds = 30): Fault {
  return {
    title,
    atMostSeconds,
    begin: ({ gateway }) => {
      gateway.failWith(fault);
      return Promise.resolve(() => {
        gateway.recover();
        return nothing();
      });
    },
  };
}

const nothing: EndFault = () => Promise.resolve();

/** The old key is withdrawn. Nothing of it is to be ended. */
export function rotateSigningKey({ oauth }: OAuthGround): Promise<EndFault> {
  oauth.rotateSigningKey({ keepOld: false });
  return Promise.resolve(nothing);
}

async function takeTemporalAway({ gateway }: GuardedTemporal): Promise<EndFault> {
  await gateway.stop();
  return () => gateway.restart();
}

/** Stops it, until it is ended. */
export async function takeOAuthServerAway({ oauth }: OAuthGround): Promise<EndFault> {
  await oauth.stop();
  return () => oauth.restart();
}

function cutConnections({ gateway }: GuardedTemporal): Promise<EndFault> {
  const timer = setInterval(() => {
    gateway.dropConnections();
  }, 1_000);
  return Promise.resolve(() => {
    clearInterval(timer);
    return nothing();
  });
}

/** Every request for a token meets the fault of the OAuth server. */
function atOAuthServer(
  title: string,
  fault: 'unavailable503' | 'neverAnswers',
  atMostSeconds: number,
): Fault {
  return {
    title,
    atMostSeconds,
    begin: ({ oauth }) => {
      oauth.failWith(fault);
      return Promise.resolve(() => {
        oauth.recover();
        return nothing();
      });
    },
  };
}

/** What may happen. */
export const faults: readonly Fault[] = [
  atGateway('good tokens refused', 'permissionDenied', 40),
  atGateway('every call UNAUTHENTICATED', 'unauthenticated'),
  atGateway('every call HTTP 401 with a page of HTML', 'html401', 20),
  atGateway('GOAWAY at every call', 'goAway'),
  atGateway('every call UNAVAILABLE', 'unavailable'),
  atGateway('every call reset', 'connectionReset', 20),
  atGateway('no call answered', 'neverAnswers', 20),
  { title: 'Temporal away', atMostSeconds: 30, begin: takeTemporalAway },
  { title: 'connections cut each second', atMostSeconds: 20, begin: cutConnections },
  { title: 'signing key rotated, the old one withdrawn', atMostSeconds: 6, begin: rotateSigningKey },
  atOAuthServer('OAuth server answers 503', 'unavailable503', 60),
  atOAuthServer('OAuth server answers nothing', 'neverAnswers', 40),
  { title: 'OAuth server away', atMostSeconds: 40, begin: takeOAuthServerAway },
];
