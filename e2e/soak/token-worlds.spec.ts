import '../src/fixtures/runtime-log.ts';
import { Client } from '@temporalio/client';
import { FakeTokenSource } from '@worker-auth/testing-fakes';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../src/fixtures/eventually.ts';
import { openTemporal, type TemporalAndClient } from '../src/fixtures/temporal-and-client.ts';
import { loaded, openGateways } from '../src/fixtures/worker-behind-gateways.ts';

// What one probe, on one connection, in one namespace, with one token cannot know of other calls.

const second = 'second';
let server: TemporalAndClient;

beforeAll(async () => {
  server = await openTemporal(second);
});

afterAll(() => server[Symbol.asyncDispose]());

describe.concurrent('one of two frontends', () => {
  // A rejected workflow task is given out again after 10 s, and each poller that was rejected waits for 10 s.
  it('that rejects for good is left within 20 s', async () => {
    const { client, workflowBundle } = server;
    await using world = await openGateways(server.address, { gateways: 2 });
    await world.auth.ready();
    const options = { taskQueue: 'two-frontends', workflowBundle, plugins: [world.auth] };
    const running = loaded(client, options, { forMs: 40_000 });
    await sleep(5_000);
    await eventually('a poll for activities', () => world.count(/^PollActivityTaskQueue$/) > 0);
    for (const gateway of world.gateways) {
      const isOfWorker = gateway.calls.some(({ method }) => method === 'PollActivityTaskQueue');
      if (isOfWorker) gateway.failWith('permissionDenied');
    }
    const load = await running;
    expect(load).toMatchObject({ completed: load.started, twice: 0 });
    expect(Math.max(...load.durationsMs)).toBeLessThan(20_000);
    expect(world.warnings.join('\n')).toContain('accepts it on a new one');
  });
});

describe.concurrent('one of two namespaces on one connection', () => {
  it.each([
    { lacking: second, well: 'default' },
    { lacking: 'default', well: second },
  ])(
    'keeps the token that both accept, when a new one lacks a permission in $lacking',
    async ({ lacking, well }) => {
      const { client, workflowBundle } = server;
      let permissions = [`${lacking}:write`, `${well}:write`];
      let tokens: FakeTokenSource | undefined;
      await using world = await openGateways(server.address, {
        tokens: (oauth) =>
          (tokens = new FakeTokenSource({ tokens: () => oauth.mintToken({ claims: { permissions } }) })),
      });
      const connection = await world.auth.connectNative();
      const options = { workflowBundle, plugins: [world.auth], connection };
      const clientOf = (namespace: string) => new Client({ connection: client.connection, namespace });
      const load = (namespace: string) =>
        loaded(
          clientOf(namespace),
          { ...options, taskQueue: `lacking-${lacking}`, namespace },
          { forMs: 20_000, everyMs: 1_000 },
        );
      const running = Promise.all([load(lacking), load(well)]);
      await sleep(5_000);
      permissions = [`${well}:write`];
      tokens?.rotate();
      for (const { completed, started, twice, longestStallMs } of await running) {
        expect([completed, twice]).toEqual([started, 0]);
        expect(longestStallMs).toBeLessThan(5_000);
      }
      expect(world.count(/^Poll/, 'rejected')).toBe(0);
      expect(world.warnings.join('\n')).toContain('workers keep the one before');
      await connection.close();
    },
  );
});
