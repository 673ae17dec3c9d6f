import '../src/fixtures/runtime-log.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTemporal, type TemporalAndClient } from '../src/fixtures/temporal-and-client.ts';
import { temporaryFolder } from '../src/fixtures/temporary-folder.ts';
import { type Gateways, openGateways } from '../src/fixtures/worker-behind-gateways.ts';
import { type TerminatedSettings, TerminatedWorker } from '../src/terminated/terminated-worker.ts';

// What Kubernetes gives a pod, in ms; and what a busy machine takes to start and end a process.
const podMs = 30_000;
const slackMs = 5_000;
const activities = 3;
let temporal: TemporalAndClient;

beforeAll(async () => {
  temporal = await openTemporal();
});

afterAll(() => temporal[Symbol.asyncDispose]());

type Kind = TerminatedSettings['kind'];
type Told = 'delivered' | 'abandoned' | undefined;

interface Situation {
  /** What goes wrong, before the activities end. */
  readonly before?: (world: Gateways) => unknown;
  /** Whether they end before SIGTERM. Default: there are none. */
  readonly activities?: 'ended' | 'run';
  /** How many. Default 3. */
  readonly count?: number;
  readonly after?: (world: Gateways, worker: TerminatedWorker) => Promise<unknown>;
  /** What becomes of their results, in ours. */
  readonly told?: Told;
  readonly settings?: Partial<TerminatedSettings>;
}

const reject = (world: Gateways): void => world.gateways[0]?.failWith('permissionDenied');

async function terminated(kind: Kind, name: string, situation: Situation) {
  await using folder = await temporaryFolder();
  await using world = await openGateways(temporal.address);
  const codePath = await folder.write('workflows.js', temporal.workflowBundle.code);
  const { tokenUrl: authUrl, clientId, clientSecret } = world.oauth;
  const taskQueue = `${name} ${kind}`;
  await using worker = new TerminatedWorker({
    ...{ kind, authUrl, clientId, clientSecret, port: world.port, taskQueue, codePath },
    ...situation.settings,
  });
  const count = situation.activities === undefined ? 1 : (situation.count ?? activities);
  for (let index = 0; index < count; index++) {
    const workflowId = `${taskQueue} ${index}`;
    await temporal.client.workflow.start('longActivity', { taskQueue, workflowId, args: [workflowId] });
  }
  await expect.poll(() => worker.runs.size, { timeout: 90_000 }).toBe(count);
  if (situation.activities === undefined) {
    worker.endActivities();
    await temporal.client.workflow.getHandle(`${taskQueue} 0`).result();
  }
  await situation.before?.(world);
  if (situation.activities === 'ended') worker.endActivities();
  await sleep(1_500);
  const startMs = performance.now();
  const ended = worker.terminate();
  await situation.after?.(world, worker);
  const code = await ended;
  return { code, ms: performance.now() - startMs, kinds: worker.kinds, runs: worker.runs };
}

describe.concurrent('SIGTERM without activities: no later than plain', () => {
  it.each<[string, Situation]>([
    ['all is well', {}],
    ['every call is rejected', { before: reject }],
    ['Temporal is away', { before: (world) => world.network.cut() }],
    [
      'packets are lost',
      {
        before: (world) => {
          world.network.forget();
        },
      },
    ],
    [
      'the token has ended and there is no other',
      {
        before: (world) => {
          world.oauth.failWith('neverAnswers');
          reject(world);
        },
      },
    ],
  ])('%s', async (name, situation) => {
    const [plain, ...ours] = await Promise.all(
      (['plain', 'plugin', 'runWorker'] as const).map((kind) => terminated(kind, name, situation)),
    );
    for (const { code, ms, kinds } of ours) {
      expect(code).toBe(0);
      expect(kinds.at(-1)).toBe('closed');
      expect(ms).toBeLessThan((plain?.ms ?? 0) + slackMs);
      expect(ms).toBeLessThan(podMs + slackMs);
    }
  });
});

describe.concurrent('SIGTERM with activities: their results are delivered, or told, before the end', () => {
  const scenes: [string, Situation][] = [
    [
      'a hundred rejected, and accepted again 11 s later',
      {
        before: reject,
        activities: 'ended',
        count: 100,
        after: async (world) => {
          await sleep(11_000);
          world.gateways[0]?.recover();
        },
        told: 'delivered',
      },
    ],
    ['rejected for good', { before: reject, activities: 'ended', told: 'abandoned' }],
    [
      'Temporal away for good',
      { before: (world) => world.network.cut(), activities: 'ended', told: 'abandoned' },
    ],
    [
      'packets lost on the connection that is open',
      {
        before: (world) => {
          world.network.forget();
        },
        activities: 'ended',
        told: 'delivered',
      },
    ],
    [
      'activities that run on',
      {
        activities: 'run',
        after: async (_world, worker) => {
          await sleep(6_000);
          worker.endActivities();
        },
      },
    ],
    [
      'a blocked event loop',
      {
        activities: 'run',
        after: async (_world, worker) => {
          worker.block(4_000);
          await sleep(1_000);
          worker.endActivities();
        },
      },
    ],
  ];
  const cells = scenes.flatMap(([name, situation]) =>
    (['plugin', 'runWorker'] as const).map((kind) => [name, kind, situation] as const),
  );
  it.each(cells)('%s: %s', async (name, kind, situation) => {
    const { code, ms, kinds, runs } = await terminated(kind, name, situation);
    const { count = activities } = situation;
    expect(code).toBe(0);
    expect(kinds.filter((one) => one === 'delivered' || one === 'abandoned')).toEqual(
      situation.told === undefined ? [] : Array.from({ length: count }, () => situation.told),
    );
    // Nothing comes after close().
    expect(kinds.at(-1)).toBe('closed');
    expect(ms).toBeLessThan(podMs + slackMs);
    expect([...runs.values()]).toEqual(Array.from({ length: count }, () => 1));
  });
});

describe.concurrent('a worker that is told twice, or forced', () => {
  it.each(['plain', 'plugin', 'runWorker'] as const)(
    'a second SIGTERM ends the process: %s',
    async (kind) => {
      const { code, ms } = await terminated(kind, 'twice', {
        activities: 'run',
        after: async (_world, worker) => {
          await sleep(1_000);
          worker.signal();
        },
      });
      expect(code).toBe('SIGTERM');
      expect(ms).toBeLessThan(slackMs);
    },
  );

  it.each([
    ['plain', 1],
    ['plugin', 1],
    ['runWorker', 0],
  ] as const)('shutdownForceTime ends it, activities or not: %s, exit code %i', async (kind, expected) => {
    const { code, ms } = await terminated(kind, 'forced', {
      activities: 'run',
      settings: { forceMs: 3_000 },
    });
    expect(code).toBe(expected);
    expect(ms).toBeGreaterThan(2_900);
    expect(ms).toBeLessThan(3_000 + slackMs);
  });
});

describe.concurrent('SIGTERM at a start of runWorker()', () => {
  it.each<[string, (world: Gateways) => unknown]>([
    ['Temporal is away', (world) => world.network.cut()],
    [
      'the token endpoint never answers',
      (world) => {
        world.oauth.failWith('neverAnswers');
      },
    ],
  ])('ends it with exit code 0: %s', async (name, fail) => {
    await using folder = await temporaryFolder();
    await using world = await openGateways(temporal.address);
    const codePath = await folder.write('workflows.js', temporal.workflowBundle.code);
    const { tokenUrl: authUrl, clientId, clientSecret } = world.oauth;
    await fail(world);
    await using worker = new TerminatedWorker({
      ...{ kind: 'runWorker', authUrl, clientId, clientSecret, port: world.port, taskQueue: name, codePath },
    });
    await expect.poll(() => worker.kinds, { timeout: 90_000 }).toContain('starts');
    await sleep(1_500);
    const startMs = performance.now();
    expect(await worker.terminate()).toBe(0);
    expect(performance.now() - startMs).toBeLessThan(slackMs);
  });
});
