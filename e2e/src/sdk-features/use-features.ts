import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker, type WorkflowBundle } from '@temporalio/worker';
import type { TemporalAuthPlugin } from '@worker-auth/temporal-auth';
import { eventually } from '../fixtures/eventually.ts';
import { activitiesBehind, type Trace } from './activities.ts';
import { inlineConverter, storingConverter } from './converters.ts';
import { features, queueOf, type Stage, versionedQueueOf } from './features.ts';

/** How the features are used. */
export interface Use {
  readonly name: string;
  readonly address: string;
  readonly plugins: TemporalAuthPlugin[];
  /** Of the test, which nothing rejects. */
  readonly connection: Connection;
  readonly workflowBundle: WorkflowBundle;
  /** What happens half way. `open` lets all activities end, `during` is what features want to be done while calls are rejected. */
  readonly halfWay: (open: () => void, during: () => Promise<unknown>) => Promise<void>;
}

/** What came of it. */
export interface Found {
  readonly outcomes: Readonly<Record<string, unknown>>;
  /** Of activities. */
  readonly runs: Trace['runs'];
}

/** Attempts of activities that have begun when all features are half way. */
const heldActivities = 11;

/** Uses all features at once, by workers of their own. */
export async function useFeatures({ name, address, plugins, halfWay, ...use }: Use): Promise<Found> {
  const { workflowBundle } = use;
  const native = await NativeConnection.connect({ address, plugins });
  const pulling = await Connection.connect({ address, plugins });
  const trace: Trace = { runs: {}, taskTokens: [] };
  const gate = Promise.withResolvers<undefined>();
  const activities = { ...activitiesBehind(gate.promise, trace) };
  const common = {
    ...{ connection: native, workflowBundle, activities, plugins },
    // Core drops a heartbeat that is rejected, and sends the next one when this has passed.
    maxHeartbeatThrottleInterval: '2s',
  } as const;
  const version = { deploymentName: `deployment-${name}`, buildId: 'one' };
  const workers = [
    await Worker.create({ ...common, taskQueue: queueOf(name), dataConverter: inlineConverter }),
    await Worker.create({
      ...{ ...common, taskQueue: versionedQueueOf(name), dataConverter: storingConverter },
      workerDeploymentOptions: { version, useWorkerVersioning: true, defaultVersioningBehavior: 'PINNED' },
    }),
  ];
  const running = Promise.all(workers.map((worker) => worker.run()));
  const direct = new Client({ connection: use.connection, dataConverter: inlineConverter });
  await eventually('the version of the worker', () =>
    direct.workflowService.setWorkerDeploymentCurrentVersion({ namespace: 'default', ...version }).then(
      () => true,
      () => false,
    ),
  );
  const arrived: (() => Promise<unknown>)[] = [];
  const over = Promise.withResolvers<undefined>();
  const stage: Stage = {
    ...{ name, trace, direct },
    client: new Client({ connection: pulling, plugins, dataConverter: inlineConverter }),
    sameConnection: new Client({ connection: native, plugins, dataConverter: inlineConverter }),
    halfWay: async (during = () => Promise.resolve(undefined)) => {
      arrived.push(during);
      await over.promise;
    },
  };
  const all = Promise.all(
    Object.entries(features).map(async ([feature, run]) => [feature, await run(stage)] as const),
  );
  const passHalfWay = async (): Promise<void> => {
    await eventually(
      'all features half way',
      () =>
        arrived.length === Object.keys(features).length && Object.keys(trace.runs).length === heldActivities,
    );
    await halfWay(
      () => {
        gate.resolve(undefined);
      },
      () => Promise.all(arrived.map((during) => during())),
    );
    over.resolve(undefined);
  };
  const [outcomes] = await Promise.all([all, passHalfWay()]);
  for (const worker of workers) worker.shutdown();
  await running;
  await pulling.close();
  await native.close();
  // Temporal adds the time to the workflow ids of a schedule.
  const withoutName = (text: string): string => text.replace(`-${name}`, '').replace(/-\d{4}-\d\d-.*Z/, '');
  const runs: Record<string, number> = {};
  for (const [key, times] of Object.entries(trace.runs)) {
    const known = withoutName(key).replace(/[\da-f]{8}-[\da-f-]{27}/, 'a child');
    runs[known] = (runs[known] ?? 0) + times;
  }
  return { outcomes: Object.fromEntries(outcomes), runs };
}
