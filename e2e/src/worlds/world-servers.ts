import { type MockOAuthServer, TemporalAuthGateway } from '@worker-auth/testing-fakes';
import { writeFile } from 'node:fs/promises';
import { Passthrough } from '../bad-days/passthrough.ts';
import { addRule } from '../faults/at-gateway.ts';
import type { Mend } from '../faults/fault.ts';
import { providerOf, restartable } from '../faults/servers.ts';
import type { LaneServers, TimedFault, World } from './world.ts';

const sampleEveryMs = 100;
/** A key that was withdrawn is rejected within this. */
const keyRefreshMs = 5_000;

/** A call of a lane, when it arrived. */
export interface Send {
  readonly method: string;
  readonly atMs: number;
}

/** A lane's client, and the file that has its secret. */
export interface LaneClient {
  readonly clientId: string;
  readonly secretFile: string;
}

/** A lane's way to Temporal, and what went over it. */
export interface LaneTraffic extends AsyncDisposable {
  readonly clientId: string;
  readonly port: number;
  readonly sends: readonly Send[];
  /** Calls that were rejected, by a fault or for their token. */
  readonly rejections: readonly Send[];
  readonly passed: readonly Send[];
  /** When connections were made. */
  readonly connectionsAtMs: readonly number[];
  /** Begins a fault; resolves to what mends it. */
  begin(fault: TimedFault): Promise<Mend>;
}

/** Where a lane's servers stand. */
export interface LanePlace {
  readonly upstream: string;
  readonly oauth: MockOAuthServer;
  readonly client: LaneClient;
  /** Whether what is at the first of two frontends is at the second one, and the other way round. */
  readonly isSwapped: boolean;
}

/** Puts frontends before Temporal for one lane, all alike: what the other lane does has no effect on it. */
export async function openLaneServers(
  { frontends = 1, maxStreams }: Pick<World, 'frontends' | 'maxStreams'>,
  { upstream, oauth, client: { clientId, secretFile }, isSwapped }: LanePlace,
): Promise<LaneTraffic> {
  await using started = new AsyncDisposableStack();
  const clientSecret = `secret of ${clientId}`;
  oauth.addClient({ clientId, clientSecret });
  await writeFile(secretFile, clientSecret);
  const clock = { behindMs: 0 };
  const sends: Send[] = [];
  const [passed, rejections]: [Send[], Send[]] = [[], []];
  const connectionsAtMs: number[] = [];
  const gateways: TemporalAuthGateway[] = [];
  for (let index = 0; index < frontends; index++) {
    const gateway = started.use(
      await TemporalAuthGateway.start({
        ...{ upstream, jwks: oauth.jwksUrl, keyRefreshMs, maxConcurrentStreams: maxStreams },
        clock: { wallNow: () => Date.now() - clock.behindMs },
      }),
    );
    addRule(gateway, ({ method }) => void sends.push({ method, atMs: Date.now() }));
    gateway.subscribe(({ method, verdict }) => {
      (verdict === 'rejected' ? rejections : passed).push({ method, atMs: Date.now() });
    });
    gateways.push(gateway);
  }
  const network = started.use(await Passthrough.start(...gateways.map(({ port }) => port)));
  const timer = setInterval(() => {
    const seen = gateways.reduce((total, { connectionsSeen }) => total + connectionsSeen, 0);
    while (connectionsAtMs.length < seen) connectionsAtMs.push(Date.now());
  }, sampleEveryMs);
  started.defer(() => {
    clearInterval(timer);
  });
  const rotate = async (): Promise<void> => {
    await writeFile(secretFile, oauth.rotateClientSecret(undefined, { clientId }));
  };
  const common = { oauth, clientId, network, clock, provider: providerOf(oauth), secret: { rotate } };
  const serversOf = (gateway: TemporalAuthGateway): LaneServers => ({
    ...common,
    ...{ gateway, temporal: restartable(gateway) },
  });
  const owned = started.move();
  return {
    ...{ clientId, port: network.port, sends, passed, rejections, connectionsAtMs },
    begin: async ({ fault, frontends: at = [0] }) => {
      const inOrder = isSwapped ? gateways.toReversed() : gateways;
      const met = inOrder.filter((_, index) => at.includes(index));
      const mends: Mend[] = [];
      for (const gateway of met) mends.push(await fault.begin(serversOf(gateway)));
      return async () => {
        for (const mend of mends) await mend();
      };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
