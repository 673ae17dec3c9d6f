import '../src/fixtures/runtime-log.ts';
import { Client } from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTemporal, type TemporalAndClient } from '../src/fixtures/temporal-and-client.ts';
import { loaded, openGateways } from '../src/fixtures/worker-behind-gateways.ts';

let temporal: TemporalAndClient;

beforeAll(async () => {
  temporal = await openTemporal();
});

afterAll(() => temporal[Symbol.asyncDispose]());

// Temporal's Core waits 10 s after a rejected poll, and Temporal 10 s for a workflow task whose completion was rejected. Exactly each 5 s, the same
// workflow is met again and again (a plain worker with its next token 30 ms later: 56 and 103 s), so the moments are by chance.
it.concurrent.each([
  ['5 s', 5_000, 120_000],
  ['9 s', 9_000, 90_000],
  ['30 s', 30_000, 100_000],
  ['4 min', 240_000, 270_000],
])(
  'a token that is revoked every %s is replaced each time, for a client and a running worker',
  async (every, everyMs, forMs) => {
    await using world = await openGateways(temporal.address, { lifetimeSeconds: 1_800 });
    const revoked = new Set<string>();
    const seen = new Set<string>();
    const rejections = new Map<string, { readonly firstMs: number; lastMs: number }>();
    world.gateways[0]?.failWith(({ token }) => {
      if (token === undefined) return undefined;
      seen.add(token.fingerprint);
      if (!revoked.has(token.fingerprint)) return undefined;
      const nowMs = performance.now();
      const rejection = rejections.get(token.fingerprint) ?? { firstMs: nowMs, lastMs: nowMs };
      rejection.lastMs = nowMs;
      rejections.set(token.fingerprint, rejection);
      return 'permissionDenied';
    });
    const { client, workflowBundle } = temporal;
    const options = { taskQueue: `revoked every ${every}`, workflowBundle, plugins: [world.auth] };
    const ending = new AbortController();
    const { signal } = ending;
    const revoking = (async () => {
      for (;;) {
        await sleep(everyMs - 500 + 1_500 * Math.random(), undefined, { signal });
        for (const token of seen) revoked.add(token);
      }
    })().catch(() => undefined);
    const ofUser = new Client({ plugins: [world.auth] });
    const failures: unknown[] = [];
    const calling = (async () => {
      while (!signal.aborted) {
        const asked = ofUser.workflowService.describeNamespace({ namespace: 'default' });
        await asked.catch((error: unknown) => failures.push(error));
        await sleep(50);
      }
    })();
    const load = await loaded(client, options, { forMs });
    ending.abort();
    await Promise.all([revoking, calling]);
    await ofUser.connection.close();
    expect(failures).toEqual([]);
    expect(load).toMatchObject({ completed: load.started, twice: 0 });
    expect(revoked.size).toBeGreaterThanOrEqual(Math.floor(forMs / (everyMs + 1_000)));
    const rejectedMs = Math.max(...[...rejections.values()].map(({ firstMs, lastMs }) => lastMs - firstMs));
    expect(rejectedMs).toBeLessThan(5_000);
    // Met twice at most.
    expect(Math.max(...load.durationsMs)).toBeLessThan(25_000);
    expect(load.longestStallMs).toBeLessThan(12_000);
  },
);
