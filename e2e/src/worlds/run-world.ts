import type { Client } from '@temporalio/client';
import { MockOAuthServer } from '@worker-auth/testing-fakes';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../fixtures/eventually.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';
import type { Mend } from '../faults/fault.ts';
import type { LaneFigures, WorldFigures } from './figures.ts';
import { Lane, type LaneKind } from './lane.ts';
import { type LaneTraffic, openLaneServers } from './world-servers.ts';
import type { item } from './workflows.ts';
import type { Item, TimedFault, World } from './world.ts';

/** A plain worker that runs by then counts as started; a busy machine needs some seconds for the process alone. */
const startBoundMs = 70_000;
/** The activities' start-to-close, and a second run: then a workflow counts as not completed. */
const settleBoundMs = 90_000;
/** Then a process counts as never ending. */
const exitBoundMs = 45_000;

/** What worlds share. */
export interface Ground {
  readonly upstream: string;
  readonly client: Client;
  /** The bundle of the workflows. */
  readonly codePath: string;
}

interface Running {
  readonly lane: Lane;
  readonly traffic: LaneTraffic;
  readonly done: Set<string>;
}

/** Runs one world, both lanes at once. @param isSwapped which lane is started first */
export async function runWorld(world: World, ground: Ground, isSwapped: boolean): Promise<WorldFigures> {
  await using started = new AsyncDisposableStack();
  const folder = started.use(await temporaryFolder());
  const oauth = started.use(await MockOAuthServer.start({ lifetimeSeconds: world.lifetimeSeconds }));
  const kinds: readonly LaneKind[] = isSwapped ? ['plain', 'ours'] : ['ours', 'plain'];
  const id = randomUUID().slice(0, 8);
  const traffics = new Map<LaneKind, LaneTraffic>();
  for (const kind of kinds) {
    const secretFile = `${folder.path}/${kind}-secret`;
    const client = { clientId: `${kind}-${id}`, secretFile };
    traffics.set(kind, started.use(await openLaneServers(world, ground.upstream, oauth, client)));
  }
  const all = [...traffics.values()];
  const mends: Mend[] = [];
  started.defer(async () => {
    for (const mend of mends) await mend();
  });
  for (const { fault, fromSeconds } of world.faults) {
    if (fromSeconds === undefined) for (const traffic of all) mends.push(await fault.begin(traffic));
  }
  const bornMs = Date.now();
  const running = new Map<LaneKind, Running>();
  for (const [kind, traffic] of traffics) {
    const port = Number(traffic.network.address.split(':')[1]);
    const lane = new Lane({
      ...{ kind, port, codePath: ground.codePath, connection: world.connection, authUrl: oauth.tokenUrl },
      ...{ taskQueue: `${world.name}-${kind}-${id}`, clientId: traffic.clientId },
      ...{ secretFile: `${folder.path}/${kind}-secret`, journal: `${folder.path}/${kind}-journal` },
    });
    running.set(kind, { lane: started.use(lane), traffic, done: new Set() });
  }
  const lanes = [...running.values()];
  const hasStarted = ({ lane }: Running): boolean => lane.startMs !== undefined || lane.hasEnded;
  await eventually('starts', () => lanes.every(hasStarted), startBoundMs).catch(() => undefined);

  const zeroMs = Date.now();
  const ending = new AbortController();
  started.defer(() => {
    ending.abort();
  });
  const faulting = world.faults.map((fault) => happen(fault, all, mends, ending.signal));
  const working = lanes.filter(({ lane }) => lane.startMs !== undefined);
  const following = await startWork(world.work, working, ground.client, { zeroMs, signal: ending.signal });
  if (world.terminateAtSeconds === undefined) {
    await Promise.all(faulting);
    const isDone = ({ done }: Running): boolean => done.size === world.work.length;
    const ours = running.get('ours');
    const isOver = (): boolean => ours === undefined || ours.lane.startMs === undefined || isDone(ours);
    const settle = (): boolean => isOver() && working.every((one) => isDone(one) || isStuck(one));
    await eventually('all work', settle, settleBoundMs).catch(() => undefined);
  } else {
    await sleep(Math.max(0, zeroMs + world.terminateAtSeconds * 1_000 - Date.now()));
  }
  const terminatedMs = Date.now();
  const figures = await Promise.all(
    lanes.map(async ({ lane, traffic, done }): Promise<readonly [LaneKind, LaneFigures]> => {
      const wasRunning = lane.startMs !== undefined && lane.deadAtMs === undefined;
      const exitMs = await lane.terminate(exitBoundMs);
      const { kind } = lane.settings;
      const delivered = await deliveredOf(
        ground.client,
        lane.settings.taskQueue,
        world.work.length,
        lane.startMs,
      );
      return [
        kind,
        {
          ...{
            kind,
            startMs: lane.startMs,
            deadAtMs: lane.deadAtMs,
            completed: done.size,
            delivered,
            exitMs,
            wasRunning,
          },
          ...{
            runs: countsOf(await lane.runs()),
            exitCode: lane.exitCode,
            abandoned: lane.told('abandoned').length,
          },
          ...{ unhandled: lane.told('unhandled').map(({ message }) => message), health: lane.told('health') },
          ...{ log: lane.told('log'), sends: traffic.sends, refusals: traffic.refusals },
          connectionsAtMs: traffic.connectionsAtMs,
          tokensAtMs: oauth.tokenRequests
            .filter(({ authentication }) => authentication?.clientId === traffic.clientId)
            .map(({ receivedAtMs }) => receivedAtMs),
        },
      ];
    }),
  );
  // The client is not to be closed before: a call that Temporal's client repeats then throws in a timer.
  ending.abort();
  await Promise.all(following);
  const { ours, plain } = Object.fromEntries(figures) as Record<LaneKind, LaneFigures>;
  return { world, bornMs, zeroMs, terminatedMs, ours, plain };
}

/** Nothing more will come of it: its worker is dead. */
function isStuck({ lane }: Running): boolean {
  return lane.deadAtMs !== undefined;
}

async function happen(
  { fault, fromSeconds, forSeconds }: TimedFault,
  servers: readonly LaneTraffic[],
  mends: Mend[],
  signal: AbortSignal,
): Promise<void> {
  try {
    if (fromSeconds !== undefined) {
      await sleep(fromSeconds * 1_000, undefined, { signal });
      for (const one of servers) mends.push(await fault.begin(one));
    }
    if (forSeconds === undefined) return;
    const own = mends.slice(-servers.length);
    await sleep(forSeconds * 1_000, undefined, { signal });
    for (const mend of own) await mend();
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

/** @returns what follows the workflows to their ends */
async function startWork(
  work: readonly Item[],
  lanes: readonly Running[],
  client: Client,
  { zeroMs, signal }: { readonly zeroMs: number; readonly signal: AbortSignal },
): Promise<readonly Promise<unknown>[]> {
  const following: Promise<unknown>[] = [];
  for (const [index, { kind, seconds, atSeconds }] of [...work.entries()].sort(
    (a, b) => a[1].atSeconds - b[1].atSeconds,
  )) {
    await sleep(Math.max(0, zeroMs + atSeconds * 1_000 - Date.now()));
    await Promise.all(
      lanes.map(async ({ lane, done }) => {
        const { taskQueue } = lane.settings;
        const workflowId = `${taskQueue}-${index}`;
        const handle = await client.workflow.start<typeof item>('item', {
          taskQueue,
          workflowId,
          args: [kind, seconds],
        });
        const result = client.connection.withAbortSignal(signal, () => handle.result());
        following.push(
          result.then(
            () => done.add(workflowId),
            () => undefined,
          ),
        );
      }),
    );
  }
  return following;
}

/** The workflows whose activity Temporal has as completed or cancelled: local ones are not among them. */
async function deliveredOf(
  client: Client,
  taskQueue: string,
  count: number,
  startMs: number | undefined,
): Promise<ReadonlySet<string>> {
  const delivered = new Set<string>();
  if (startMs === undefined) return delivered;
  for (let index = 0; index < count; index++) {
    const { events } = await client.workflow
      .getHandle(`${taskQueue}-${index}`)
      .fetchHistory()
      .catch(() => ({ events: [] }));
    const isDelivered = events?.some(
      (event) =>
        event.activityTaskCompletedEventAttributes != null ||
        event.activityTaskCanceledEventAttributes != null,
    );
    if (isDelivered === true) delivered.add(String(index));
  }
  return delivered;
}

function countsOf(ids: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const id of ids) {
    const index = id.slice(id.lastIndexOf('-') + 1);
    counts.set(index, (counts.get(index) ?? 0) + 1);
  }
  return counts;
}
