import '../src/fixtures/runtime-log.ts';
import { Client } from '@temporalio/client';
import { tokenFingerprint } from '@worker-auth/testing-fakes';
import { median } from '@worker-auth/workspace/quantile';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../src/fixtures/eventually.ts';
import { MintedTokens } from '../src/fixtures/minted-tokens.ts';
import { openTemporal, type TemporalAndClient } from '../src/fixtures/temporal-and-client.ts';
import { type Load, loaded, openGateways } from '../src/fixtures/worker-behind-gateways.ts';

// A new signing key that frontends know 20 s late; tokens of the one before are good.

const lateMs = 20_000;
const forMs = 35_000;
let temporal: TemporalAndClient;

beforeAll(async () => {
  temporal = await openTemporal();
});

afterAll(() => temporal[Symbol.asyncDispose]());

/** Which calls with the new key are rejected, and at how many frontends. */
interface Lateness {
  readonly where: string;
  readonly gateways: number;
  readonly isLate: (at: {
    readonly gateway: number;
    readonly ofWorker: number;
    readonly call: number;
  }) => boolean;
}

async function workThrough({
  where,
  gateways,
  isLate,
}: Lateness): Promise<{ load: Load; failures: unknown[] }> {
  const made = Promise.withResolvers<MintedTokens>();
  await using world = await openGateways(temporal.address, {
    gateways,
    tokens: (oauth) => {
      const tokens = new MintedTokens(oauth);
      made.resolve(tokens);
      return tokens;
    },
  });
  const tokens = await made.promise;
  await world.auth.ready();
  const { client, workflowBundle } = temporal;
  const options = { taskQueue: `late at ${where}`, workflowBundle, plugins: [world.auth] };
  const running = loaded(client, options, { forMs, everyMs: 1_000 });
  const ofUser = new Client({ plugins: [world.auth] });
  const ask = () => ofUser.workflowService.describeNamespace({ namespace: 'default' });
  await ask();
  await sleep(5_000);
  await eventually('a poll of the worker', () => world.count(/^Poll/) > 0);
  const ofWorker = world.gateways.findIndex(({ calls }) => calls.some(({ method }) => /^Poll/.test(method)));
  const known = tokenFingerprint(tokens.peek());
  const endMs = Date.now() + lateMs;
  let call = 0;
  for (const [gateway, frontend] of world.gateways.entries()) {
    frontend.failWith(({ token }) => {
      const isNew = token !== undefined && token.fingerprint !== known;
      const isRejected = isNew && Date.now() < endMs && isLate({ gateway, ofWorker, call: call++ });
      return isRejected ? 'permissionDenied' : undefined;
    });
  }
  tokens.refresh();
  const failures: unknown[] = [];
  while (Date.now() < endMs + 5_000) {
    await ask().catch((error: unknown) => failures.push(error));
    await sleep(50);
  }
  const load = await running;
  await ofUser.connection.close();
  expect(world.count(/./, 'rejected')).toBeGreaterThan(0);
  return { load, failures };
}

describe.concurrent('a key that is known 20 s late', () => {
  it.for<Lateness>([
    { where: 'both frontends', gateways: 2, isLate: () => true },
    {
      where: 'the frontend of the worker',
      gateways: 2,
      isLate: ({ gateway, ofWorker }) => gateway === ofWorker,
    },
    { where: 'the other frontend', gateways: 2, isLate: ({ gateway, ofWorker }) => gateway !== ofWorker },
  ])('at $where: no call fails, nothing runs twice, no workflow is slower', async (lateness) => {
    const { load, failures } = await workThrough(lateness);
    expect(failures).toEqual([]);
    expect(load).toMatchObject({ completed: load.started, twice: 0 });
    // As long as one whose first poll waits for the same machine.
    expect(Math.max(...load.durationsMs)).toBeLessThan(median(load.durationsMs) + 3_000);
  });

  // A workflow task whose completion is rejected comes again after 10 s, here as with plain Temporal.
  it('at the frontend of every second call: no call of a client fails, nothing runs twice', async () => {
    const where = 'every second call';
    const { load, failures } = await workThrough({
      where,
      gateways: 1,
      isLate: ({ call }) => call % 2 === 0,
    });
    expect(failures).toEqual([]);
    expect(load).toMatchObject({ completed: load.started, twice: 0 });
  });
});
