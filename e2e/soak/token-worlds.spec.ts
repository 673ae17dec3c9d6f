import '../src/fixtures/runtime-log.ts';
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Worker } from '@temporalio/worker';
import { startTemporalDevServer } from '@worker-auth/servers';
import type { ArrivingRpc } from '@worker-auth/testing-fakes';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loaded, openGateways } from '../src/fixtures/worker-behind-gateways.ts';

// What one probe, on one connection, in one namespace, with one token cannot know of other calls.

const second = 'second';
const started = new AsyncDisposableStack();
let server: Awaited<ReturnType<typeof startTemporalDevServer>>;
let client: Client;
let workflowBundle: Awaited<ReturnType<typeof bundleWorkflowCode>>;

beforeAll(async () => {
  server = started.use(await startTemporalDevServer({ namespace: second }));
  const connection = await Connection.connect({ address: server.address });
  started.defer(() => connection.close());
  client = new Client({ connection });
  workflowBundle = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../src/workload/long-activity.ts', import.meta.url)),
    logger: new DefaultLogger('ERROR'),
  });
});

afterAll(() => started.disposeAsync());

const refused = 'permissionDenied';

describe('a clock of Temporal that is behind', () => {
  it.each([2_000, 10_000])('by %i ms delays a boot, and does not end it', async (behindMs) => {
    for (let boot = 0; boot < 3; boot++) {
      await using world = await openGateways(server.address);
      world.clock.behindMs = behindMs;
      const taskQueue = `behind-${behindMs}-${boot}`;
      const plugins = [world.auth];
      const load = await loaded(client, { taskQueue, workflowBundle, plugins }, { forMs: 1_000 });
      expect(load).toMatchObject({ completed: load.started, twice: 0 });
      expect(world.warnings.join('\n')).toContain('Temporal rejects the token at the start');
    }
  });

  it('by a quarter of the life of a token leaves a running worker the token that is accepted', async () => {
    await using world = await openGateways(server.address, { lifetimeSeconds: 80 });
    await world.auth.ready();
    const options = { taskQueue: 'skewed', workflowBundle, plugins: [world.auth] };
    const running = loaded(client, options, { forMs: 180_000 });
    // The first token is old enough then.
    await sleep(25_000);
    world.clock.behindMs = 20_000;
    const load = await running;
    expect(load).toMatchObject({ completed: load.started, twice: 0 });
    expect(load.longestStallMs).toBeLessThan(5_000);
    expect(world.oauth.issuedTokens.length).toBeGreaterThan(2);
  }, 300_000);
});

describe('a token', () => {
  it.each([10_000, 30_000])(
    'that is revoked every %i ms is replaced each time',
    async (everyMs) => {
      await using world = await openGateways(server.address);
      const revoked = new Set<string>();
      const seen = new Set<string>();
      world.gateways[0]?.failWith(({ token }: ArrivingRpc) => {
        if (token === undefined) return undefined;
        seen.add(token.fingerprint);
        return revoked.has(token.fingerprint) ? refused : undefined;
      });
      const ofUser = new Client({ plugins: [world.auth] });
      const options = { taskQueue: `revoked-${everyMs}`, workflowBundle, plugins: [world.auth] };
      const ending = new AbortController();
      const revoking = (async () => {
        while (!ending.signal.aborted) {
          await sleep(everyMs, undefined, { signal: ending.signal }).catch(() => undefined);
          for (const token of seen) revoked.add(token);
        }
      })();
      const failures: unknown[] = [];
      const calling = (async () => {
        while (!ending.signal.aborted) {
          await ofUser.workflowService
            .describeNamespace({ namespace: 'default' })
            .catch((error: unknown) => failures.push(error));
          await sleep(50);
        }
      })();
      const load = await loaded(client, options, { forMs: 90_000 });
      ending.abort();
      await Promise.all([revoking, calling]);
      await ofUser.connection.close();
      expect(failures).toEqual([]);
      expect(load).toMatchObject({ completed: load.started, twice: 0 });
      expect(load.longestStallMs).toBeLessThan(5_000);
    },
    240_000,
  );

  it('whose key is known 7 s late leaves the one before in use', async () => {
    await using world = await openGateways(server.address, { lifetimeSeconds: 40 });
    const knownAtMs = new Map<string, number>();
    const lateMs = 7_000;
    let isFirst = true;
    world.gateways[0]?.failWith(({ token }: ArrivingRpc) => {
      if (token === undefined) return undefined;
      const { fingerprint } = token;
      if (!knownAtMs.has(fingerprint)) knownAtMs.set(fingerprint, Date.now() + (isFirst ? 0 : lateMs));
      isFirst = false;
      return Date.now() < (knownAtMs.get(fingerprint) ?? 0) ? refused : undefined;
    });
    const options = { taskQueue: 'late-key', workflowBundle, plugins: [world.auth] };
    const load = await loaded(client, options, { forMs: 120_000 });
    expect(load).toMatchObject({ completed: load.started, twice: 0 });
    const median = load.durationsMs.toSorted((a, b) => a - b)[load.durationsMs.length >> 1] ?? 0;
    expect(Math.max(...load.durationsMs)).toBeLessThan(median + 3_000);
  }, 240_000);
});

describe('one of two', () => {
  // A refused workflow task is given out again after 10 s, and each poller that was refused waits for 10 s.
  it('frontends that refuses for good is left within 20 s', async () => {
    await using world = await openGateways(server.address, { gateways: 2 });
    await world.auth.ready();
    const options = { taskQueue: 'two-frontends', workflowBundle, plugins: [world.auth] };
    const running = loaded(client, options, { forMs: 40_000 });
    await sleep(5_000);
    for (const gateway of world.gateways) {
      if (gateway.calls.some(({ method }) => method === 'PollActivityTaskQueue')) gateway.failWith(refused);
    }
    const load = await running;
    expect(load).toMatchObject({ completed: load.started, twice: 0 });
    expect(Math.max(...load.durationsMs)).toBeLessThan(20_000);
    expect(world.warnings.join('\n')).toContain('accepts it on a new one');
  }, 240_000);
});

describe('one of two namespaces', () => {
  it('that is refused for good leaves the other as it was', async () => {
    let permissions = ['default:write', `${second}:write`];
    const source = { current: '', listeners: new Set<(token: string) => void>() };
    await using world = await openGateways(server.address, {
      tokens: (oauth) => ({
        peek: () => (source.current ||= oauth.mintToken({ claims: { permissions } })),
        getToken: ({ rejectedToken } = {}) => {
          if (source.current === (rejectedToken ?? ''))
            source.current = oauth.mintToken({ claims: { permissions } });
          for (const listener of source.listeners) listener(source.current);
          return Promise.resolve(source.current);
        },
        subscribe: (listener) => {
          source.listeners.add(listener);
          return () => source.listeners.delete(listener);
        },
      }),
    });
    await world.auth.ready();
    const native = await NativeConnection.connect({
      address: `127.0.0.1:${world.port}`,
      plugins: [world.auth],
    });
    const options = { taskQueue: 'namespaces', workflowBundle, plugins: [world.auth], connection: native };
    const other = await Worker.create({ ...options, activities: {}, namespace: second });
    const idle = other.run();
    const running = loaded(client, options, { forMs: 40_000 });
    await sleep(5_000);
    permissions = ['default:write'];
    source.current = world.oauth.mintToken({ claims: { permissions } });
    for (const listener of source.listeners) listener(source.current);
    const load = await running;
    expect(load).toMatchObject({ completed: load.started, twice: 0 });
    expect(load.longestStallMs).toBeLessThan(5_000);
    expect(world.auth.health()).toMatchObject({
      temporal: { state: 'refused', reason: expect.stringContaining(`"${second}"`) as string },
    });
    other.shutdown();
    await idle;
    await native.close();
  }, 240_000);
});

describe('a throttled namespace', () => {
  it('gets fewer probes, and works on', async () => {
    await using world = await openGateways(server.address);
    const options = { taskQueue: 'throttled', workflowBundle, plugins: [world.auth] };
    const running = loaded(client, options, { forMs: 70_000 });
    await sleep(5_000);
    world.gateways[0]?.failWith('throttled', 'RecordWorkerHeartbeat');
    const load = await running;
    expect(load).toMatchObject({ completed: load.started, twice: 0 });
    expect(load.longestStallMs).toBeLessThan(5_000);
    const probes = world.count(/^RecordWorkerHeartbeat$/);
    expect(probes / world.count(/./)).toBeLessThan(0.05);
    expect(world.auth.health().temporal.state).not.toBe('refused');
  }, 240_000);
});
