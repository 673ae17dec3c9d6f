import type { Client } from '@temporalio/client';
import { MockOAuthServer } from '@worker-auth/testing-fakes';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../fixtures/eventually.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';
import type { Ground } from './ground.ts';
import { Happenings } from './happenings.ts';
import { type LaneFigures, laneFigures, type RunningLane, type WorldFigures } from './figures.ts';
import { Lane, type LaneKind } from './lane.ts';
import type { item } from './workflows.ts';
import { type LaneTraffic, openLaneServers } from './world-servers.ts';
import { namespacesOf, type World } from './world.ts';

/** Many times what a busy machine needs: a plain worker that does not run by then counts as not started. */
const startBoundMs = 240_000;
/** Then ours counts as not started: after twice the plain worker's time, and 5 s more. */
const startFactor = 2;
const startSlackMs = 6_000;
/** From the last fault's end: the activities' start-to-close of 60 s, and a second run. Then a workflow counts as not completed. */
const settleBoundMs = 85_000;
/** Then a process counts as never ending. */
const exitBoundMs = 45_000;

/** Runs one world, both lanes at once. @param isSwapped which lane is started first, and which frontend is which */
export async function runWorld(world: World, ground: Ground, isSwapped: boolean): Promise<WorldFigures> {
  await using started = new AsyncDisposableStack();
  const folder = started.use(await temporaryFolder());
  const { lifetimeSeconds, connection, beside, slots, moreStarts = 0, faults, work } = world;
  const namespaces = namespacesOf(work);
  const permissions = namespaces.map((namespace) => `${namespace}:write`);
  const oauth = started.use(await MockOAuthServer.start({ lifetimeSeconds, permissions }));
  const id = randomUUID().slice(0, 8);
  const more = Array.from({ length: moreStarts }, (): LaneKind => 'ours');
  const kinds: readonly LaneKind[] = isSwapped ? ['plain', 'ours', ...more] : ['ours', 'plain', ...more];
  const traffics: LaneTraffic[] = [];
  for (const [index, kind] of kinds.entries()) {
    const client = { clientId: `${kind}-${id}-${index}`, secretFile: `${folder.path}/secret-${index}` };
    traffics.push(
      started.use(await openLaneServers(world, { upstream: ground.upstream, oauth, client, isSwapped })),
    );
  }
  const scene = new Happenings(traffics);
  started.use(scene);
  for (const fault of faults) if (fault.fromSeconds === undefined) await scene.begin(fault);

  const bornMs = Date.now();
  const lanes = kinds.flatMap((kind, index): RunningLane[] => {
    const traffic = traffics[index];
    if (traffic === undefined) return [];
    const { clientId, port } = traffic;
    const lane = new Lane({
      ...{ kind, namespaces, connection, beside, slots, items: work.length, codePath: ground.codePath },
      taskQueue: `${world.name}-${clientId}`,
      servers: { port, clientId, authUrl: oauth.tokenUrl, secretFile: `${folder.path}/secret-${index}` },
    });
    return [{ lane: started.use(lane), traffic, done: new Map() }];
  });
  for (const fault of faults) void scene.startEnds(fault).catch(() => undefined);
  await eventually('starts', () => areStarted(lanes, bornMs), startBoundMs).catch(() => undefined);

  const zeroMs = Date.now();
  const [first, second] = lanes;
  if (first === undefined || second === undefined) throw new Error('A world has two lanes');
  const pair = [first, second];
  const working = pair.filter(({ lane }) => lane.startMs !== undefined && !lane.hasEnded);
  const following = startWork(world, working, ground, { zeroMs, signal: scene.signal });
  const isOver = ({ lane, done }: RunningLane): boolean =>
    lane.deadAtMs !== undefined ||
    (done.size === work.length && (beside !== 'waiting' || lane.told('awaited').length === work.length));
  void sleep((world.killAtSeconds ?? 0) * 1_000).then(() => {
    if (beside === 'doomed') for (const { lane } of pair) lane.killBeside();
  });
  if (world.terminateAtSeconds === undefined) {
    await Promise.all([following, ...faults.map((fault) => scene.happen(fault))]);
    // Where ours has completed all, the plain worker's end decides nothing.
    await eventually(
      'all work',
      () => working.every((lane) => isOver(lane) || isFlawless(lane, working, work.length)),
      settleBoundMs,
    ).catch(() => undefined);
  } else {
    for (const fault of faults) void scene.happen(fault).catch(() => undefined);
    await sleep(Math.max(0, zeroMs + world.terminateAtSeconds * 1_000 - Date.now()));
  }

  const terminatedMs = Date.now();
  const figures = await Promise.all(
    lanes.map(async (running): Promise<LaneFigures> => {
      const { lane } = running;
      const wasRunning = lane.startMs !== undefined && lane.deadAtMs === undefined;
      const exitMs = await lane.terminate(exitBoundMs);
      return laneFigures(running, { wasRunning, exitMs, work, oauth, clientOf: ground.clientOf });
    }),
  );
  scene.end();
  await Promise.all((await following).map((workflow) => workflow.end()));
  const ours = figures.find(({ kind }) => kind === 'ours');
  const plain = figures.find(({ kind }) => kind === 'plain');
  if (ours === undefined || plain === undefined) throw new Error('A world has two lanes');
  return { world, bornMs, zeroMs, terminatedMs, ours, plain, moreStarts: figures.slice(2) };
}

/** Whether each worker runs, its process has ended, or it is too late against the plain one. */
function areStarted(lanes: readonly RunningLane[], bornMs: number): boolean {
  const plainMs = lanes.find(({ lane }) => lane.settings.kind === 'plain')?.lane.startMs ?? Infinity;
  const isLate = Date.now() - bornMs > startFactor * plainMs + startSlackMs;
  return isLate || lanes.every(({ lane }) => lane.startMs !== undefined || lane.hasEnded);
}

/** Whether ours has completed all while this one, the plain worker, has not. */
function isFlawless({ lane }: RunningLane, lanes: readonly RunningLane[], count: number): boolean {
  return (
    lane.settings.kind === 'plain' &&
    lanes.some((one) => one.lane.settings.kind === 'ours' && one.done.size === count)
  );
}

interface RunningWorkflow {
  /** Ends the workflow, if nobody has completed it; then nothing waits for its result any more. */
  end(): Promise<unknown>;
}

async function startWork(
  { work }: World,
  lanes: readonly RunningLane[],
  { clientOf }: Ground,
  { zeroMs, signal }: { readonly zeroMs: number; readonly signal: AbortSignal },
): Promise<readonly RunningWorkflow[]> {
  const running: RunningWorkflow[] = [];
  const inTime = [...work.entries()].sort(([, a], [, b]) => a.atSeconds - b.atSeconds);
  for (const [index, one] of inTime) {
    const { kind, seconds, atSeconds } = one;
    await sleep(Math.max(0, zeroMs + atSeconds * 1_000 - Date.now()));
    if (signal.aborted) break;
    await Promise.all(
      lanes.map(async ({ lane, done }) => {
        const { taskQueue } = lane.settings;
        const workflowId = `${taskQueue}-${index}`;
        const args: Parameters<typeof item> = [kind, seconds];
        const { workflow } = clientOf(one);
        const handle = await workflow.start<typeof item>('item', { taskQueue, workflowId, args });
        if (kind === 'elsewhere') void completed(clientOf(one), workflowId, signal);
        const result = handle.result().then(
          () => done.set(workflowId, Date.now()),
          () => undefined,
        );
        running.push({
          end: async () => {
            if (!done.has(workflowId)) await handle.terminate().catch(() => undefined);
            await result;
          },
        });
      }),
    );
  }
  return running;
}

/** As another process does to which the activity has handed its task. */
async function completed({ activity }: Client, workflowId: string, signal: AbortSignal): Promise<void> {
  const complete = (): Promise<boolean> =>
    activity.complete({ workflowId, activityId: '1' }, 'elsewhere').then(
      () => true,
      () => false,
    );
  while (!signal.aborted && !(await complete())) await sleep(500);
}
