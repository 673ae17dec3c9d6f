import '../src/fixtures/runtime-log.ts';
import { NativeConnection } from '@temporalio/worker';
import type { TemporalAuthGateway } from '@worker-auth/testing-fakes';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closedLoop } from '../src/fixtures/closed-loop.ts';
import { openTemporal, type TemporalAndClient } from '../src/fixtures/temporal-and-client.ts';
import { Random } from '../src/worlds/random.ts';
import { openGateways } from '../src/fixtures/worker-behind-gateways.ts';

// A namespace at its limit, beside a plain worker with the same pollers at the same time.

const load = { forMs: 30_000, atOnce: 8 };
const pollers = { type: 'autoscaling', minimum: 5 } as const;
let temporal: TemporalAndClient;

beforeAll(async () => {
  temporal = await openTemporal();
});

afterAll(() => temporal[Symbol.asyncDispose]());

/** Which calls are rejected, some of them by chance. */
interface Throttling {
  readonly what: string;
  readonly some: RegExp;
  readonly share: number;
  readonly all: RegExp;
}

function throttle(gateway: TemporalAuthGateway | undefined, { some, share, all }: Throttling): void {
  const random = new Random(7);
  gateway?.failWith(({ method }) =>
    all.test(method) || (some.test(method) && random.next() < share) ? 'throttled' : undefined,
  );
}

describe.concurrent('a throttled namespace', () => {
  it.each<Throttling>([
    // Polls are of low priority too, but if all were rejected, nobody could work.
    { what: 'calls of low priority', some: /^Poll/, share: 0.2, all: /^RecordWorkerHeartbeat$/ },
    { what: 'half of all calls', some: /./, share: 0.5, all: /^$/ },
  ])('that rejects $what gets few probes, and as much work as with a plain worker', async (throttling) => {
    const { client, workflowBundle } = temporal;
    await using ours = await openGateways(temporal.address);
    await using theirs = await openGateways(temporal.address);
    await ours.auth.ready();
    const { port, oauth } = theirs;
    const apiKey = oauth.mintToken();
    const connection = await NativeConnection.connect({ address: `127.0.0.1:${port}`, apiKey, tls: false });
    const common = {
      ...{ workflowBundle, workflowTaskPollerBehavior: pollers, activityTaskPollerBehavior: pollers },
    };
    throttle(ours.gateways[0], throttling);
    throttle(theirs.gateways[0], throttling);
    const [mine, plain] = await Promise.all([
      closedLoop(
        client,
        { ...common, taskQueue: `ours ${throttling.what}`, plugins: [ours.auth] },
        {
          ...load,
          begin: () => {
            throttle(ours.gateways[0], throttling);
          },
        },
      ),
      closedLoop(
        client,
        { ...common, taskQueue: `plain ${throttling.what}`, connection },
        {
          ...load,
          begin: () => {
            throttle(theirs.gateways[0], throttling);
          },
        },
      ),
    ]);
    await connection.close();
    const probes = ours.count(/^RecordWorkerHeartbeat$/);
    expect([mine.twice, mine.open]).toEqual([0, 0]);
    console.log(
      `${throttling.what}: ${mine.completed} workflows, ${plain.completed} beside them with plain Temporal`,
    );
    // Core waits for seconds after a throttled poll, so that both vary.
    expect(mine.completed).toBeGreaterThan(plain.completed / 2);
    expect(probes / ours.count(/./)).toBeLessThan(0.05);
    expect(ours.auth.health().temporal.state).not.toBe('rejected');
  });
});
