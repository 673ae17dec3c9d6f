import { type MockOAuthServer, TemporalAuthGateway } from '@worker-auth/testing-fakes';
import { writeFile } from 'node:fs/promises';
import { Passthrough } from '../bad-days/passthrough.ts';
import { addRule } from '../faults/at-gateway.ts';
import { providerOf, restartable } from '../faults/servers.ts';
import type { LaneServers, World } from './world.ts';

const sampleEveryMs = 200;
/** A key that was withdrawn is refused within this. */
const keyRefreshMs = 5_000;

/** A call of a lane, when it arrived. */
export interface Send {
  readonly method: string;
  readonly atMs: number;
}

/** A lane's way to Temporal, and what went over it. */
export interface LaneTraffic extends LaneServers, AsyncDisposable {
  readonly sends: readonly Send[];
  /** Calls that were refused, by a fault or for their token. */
  readonly refusals: readonly Send[];
  /** When connections were made. */
  readonly connectionsAtMs: readonly number[];
}

/** Puts a gateway before Temporal for one lane: what the other lane does has no effect on it. */
export async function openLaneServers(
  world: World,
  upstream: string,
  oauth: MockOAuthServer,
  { clientId, secretFile }: { readonly clientId: string; readonly secretFile: string },
): Promise<LaneTraffic> {
  await using started = new AsyncDisposableStack();
  const clientSecret = `secret of ${clientId}`;
  oauth.addClient({ clientId, clientSecret });
  await writeFile(secretFile, clientSecret);
  const clock = { behindMs: 0 };
  const gateway = started.use(
    await TemporalAuthGateway.start({
      ...{ upstream, jwks: oauth.jwksUrl, keyRefreshMs },
      clock: { wallNow: () => Date.now() - clock.behindMs },
      ...(world.maxStreams !== undefined && { maxConcurrentStreams: world.maxStreams }),
    }),
  );
  const network = started.use(await Passthrough.start(gateway.port));
  const sends: Send[] = [];
  const refusals: Send[] = [];
  const connectionsAtMs: number[] = [];
  addRule(gateway, ({ method }) => void sends.push({ method, atMs: Date.now() }));
  const unsubscribe = gateway.subscribe(({ method, verdict }) => {
    if (verdict === 'refused') refusals.push({ method, atMs: Date.now() });
  });
  const timer = setInterval(() => {
    while (connectionsAtMs.length < gateway.connectionsSeen) connectionsAtMs.push(Date.now());
  }, sampleEveryMs);
  started.defer(() => {
    clearInterval(timer);
    unsubscribe();
  });
  const rotate = async (): Promise<void> => {
    const next = oauth.rotateClientSecret(undefined, { clientId });
    await writeFile(secretFile, next);
  };
  const owned = started.move();
  return {
    ...{ gateway, oauth, clientId, network, clock, sends, refusals, connectionsAtMs },
    ...{ provider: providerOf(oauth), temporal: restartable(gateway), secret: { rotate } },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
