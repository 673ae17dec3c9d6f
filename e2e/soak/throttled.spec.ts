import '../src/fixtures/runtime-log.ts';
import { NativeConnection } from '@temporalio/worker';
import type { TemporalAuthGateway } from '@worker-auth/testing-fakes';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closedLoop } from '../src/fixtures/closed-loop.ts';
import { openTemporal, type TemporalAndClient } from '../src/fixtures/temporal-and-client.ts';
import { openGateways } from '../src/fixtures/worker-behind-gateways.ts';

// A namespace at its limit, beside a plain worker with the same pollers at the same time.

const load = { forMs: 30_000, atOnce: 8 };
const pollers = { type: 'autoscaling', minimum: 5 } as const;
let temporal: TemporalAndClient;

beforeAll(async () => {
  temporal = await openTemporal();
});

afterAll(() => temporal[Symbol.asyncDispose]());

/** Refuses every second call of each method that is throttled; what is `never` let through, each. */
function throttle(gateway: TemporalAuthGateway | undefined, half: RegExp, never: RegExp): void {
  const counts = new Map<string, number>();
  gateway?.failWith(({ method }) => {
    const count = (counts.get(method) ?? 0) + 1;
    counts.set(method, count);
    return never.test(method) || (half.test(method) && count % 2 === 0) ? 'throttled' : undefined;
  });
}

describe.concurrent('a throttled namespace', () => {
  it.each([
    // Polls have the same priority as worker heartbeats; if all were refused, nobody could work.
    ['calls of low priority', /^Poll/, /^RecordWorkerHeartbeat$/],
    ['every second call', /./, /^$/],
  ])(
    'that refuses %s gets few probes, and as much work as with a plain worker',
    async (kind, half, never) => {
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
      throttle(ours.gateways[0], half, never);
      throttle(theirs.gateways[0], half, never);
      const [mine, plain] = await Promise.all([
        closedLoop(
          client,
          { ...common, taskQueue: `ours ${kind}`, plugins: [ours.auth] },
          {
            ...load,
            begin: () => {
              throttle(ours.gateways[0], half, never);
            },
          },
        ),
        closedLoop(
          client,
          { ...common, taskQueue: `plain ${kind}`, connection },
          {
            ...load,
            begin: () => {
              throttle(theirs.gateways[0], half, never);
            },
          },
        ),
      ]);
      await connection.close();
      const probes = ours.count(/^RecordWorkerHeartbeat$/);
      console.log(kind, mine, plain, probes, ours.count(/./), theirs.count(/^RecordWorkerHeartbeat$/));
      expect(mine.twice).toBe(0);
      expect(mine.completed / plain.completed).toBeGreaterThan(0.8);
      expect(probes / ours.count(/./)).toBeLessThan(0.05);
      expect(ours.auth.health().temporal.state).not.toBe('refused');
    },
  );
});
