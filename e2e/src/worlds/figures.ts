import { tsToMs } from '@temporalio/common/lib/time.js';
import type { MockOAuthServer } from '@worker-auth/testing-fakes';
import type { Ground } from './ground.ts';
import type { Lane, LaneKind, LaneMessage } from './lane.ts';
import type { Item, ItemKind, World } from './world.ts';
import type { LaneTraffic, Send } from './world-servers.ts';

/** A lane while its world lasts. */
export interface RunningLane {
  readonly lane: Lane;
  readonly traffic: LaneTraffic;
  /** Workflows that have completed, and when. */
  readonly done: Map<string, number>;
}

/** What became of a lane; moments are milliseconds since the epoch. */
export interface LaneFigures {
  readonly kind: LaneKind;
  /** From the start of the process until the worker ran. */
  readonly startMs: number | undefined;
  /** When the worker failed, or its process ended. */
  readonly deadAtMs: number | undefined;
  /** Whether the worker ran when SIGTERM came. */
  readonly wasRunning: boolean;
  /** Workflows. */
  readonly completed: number;
  /** When the workflow of each item completed. */
  readonly doneAtMs: ReadonlyMap<string, number>;
  /** When the client beside the worker had the result of each item. */
  readonly awaitedAtMs: ReadonlyMap<string, number>;
  /** Calls with deadlines of their own: whether each was answered in time. */
  readonly called: readonly boolean[];
  /** What Temporal has of what the activities handed over: results, and details of heartbeats and errors. */
  readonly handedOver: readonly string[];
  /** How often the activity of each item ran. */
  readonly runs: ReadonlyMap<string, number>;
  /** Items whose activity's result Temporal has. */
  readonly delivered: ReadonlySet<string>;
  /** Items whose activity ended by its heartbeat time-out, and when. */
  readonly timedOut: ReadonlyMap<string, number>;
  /** What went wrong, by Temporal's histories: the item, and why its activity ran again or its workflow failed. */
  readonly reruns: readonly string[];
  /** Items of which a result was abandoned. */
  readonly abandoned: readonly string[];
  /** From SIGTERM until the process had ended. */
  readonly exitMs: number;
  readonly exitCode: number | null;
  readonly unhandled: readonly string[];
  readonly health: readonly Extract<LaneMessage, { kind: 'health' }>[];
  readonly log: readonly Extract<LaneMessage, { kind: 'log' }>[];
  readonly sends: readonly Send[];
  readonly rejections: readonly Send[];
  readonly connectionsAtMs: readonly number[];
  readonly tokensAtMs: readonly number[];
}

/** What became of a world. */
export interface WorldFigures {
  readonly world: World;
  /** Before the workers were started, */
  readonly bornMs: number;
  /** when both had started, */
  readonly zeroMs: number;
  /** and when SIGTERM was sent. */
  readonly terminatedMs: number;
  readonly ours: LaneFigures;
  readonly plain: LaneFigures;
  readonly moreStarts: readonly LaneFigures[];
}

/** What is known of a lane besides what it and its servers recorded. */
export interface LaneEnd extends Pick<LaneFigures, 'wasRunning' | 'exitMs'>, Pick<Ground, 'clientOf'> {
  readonly work: readonly Item[];
  readonly oauth: MockOAuthServer;
}

/** Reads the figures of a lane whose process has ended. */
export async function laneFigures(
  { lane, traffic, done }: RunningLane,
  { wasRunning, exitMs, work, oauth, clientOf }: LaneEnd,
): Promise<LaneFigures> {
  const { kind, taskQueue } = lane.settings;
  const { startMs, deadAtMs, exitCode } = lane;
  return {
    ...{ kind, startMs, wasRunning, exitMs, exitCode, completed: done.size },
    deadAtMs: wasRunning ? undefined : deadAtMs,
    doneAtMs: byItem(done),
    awaitedAtMs: byItem(lane.told('awaited').map(({ workflowId, atMs }) => [workflowId, atMs])),
    called: lane.told('called').map(({ isAnswered }) => isAnswered),
    runs: new Map(Array.from(lane.runs, ([id, begun]) => [itemOf(id), begun.length])),
    ...(await ofHistories(clientOf, taskQueue, startMs === undefined ? [] : work)),
    abandoned: lane.told('abandoned').map(({ workflowId }) => itemOf(workflowId)),
    unhandled: lane.told('unhandled').map(({ message }) => message),
    ...{ health: lane.told('health'), log: lane.told('log') },
    ...{ sends: traffic.sends, rejections: traffic.rejections, connectionsAtMs: traffic.connectionsAtMs },
    tokensAtMs: oauth.tokenRequests
      .filter(({ authentication }) => authentication?.clientId === traffic.clientId)
      .map(({ receivedAtMs }) => receivedAtMs),
  };
}

/** How often the activity of an item runs that is not a single time. */
const neededRuns: Partial<Record<ItemKind, number>> = { failing: 2, again: 2 };

/** How often activities ran beyond what they need: all, or those of some items. */
export function extraRuns(world: World, { runs }: LaneFigures, items?: ReadonlySet<string>): number {
  return [...runs].reduce((total, [index, times]) => {
    if (items?.has(index) === false) return total;
    const needed = neededRuns[world.work[Number(index)]?.kind ?? 'short'] ?? 1;
    return total + Math.max(0, times - needed);
  }, 0);
}

/** A lane in a line. */
export function lineOf({ world }: WorldFigures, lane: LaneFigures): string {
  const { kind, startMs, completed, delivered, exitMs, exitCode, abandoned } = lane;
  return [
    kind.padEnd(5),
    startMs === undefined ? 'never started' : `started after ${(startMs / 1_000).toFixed(1)} s`,
    `${completed} of ${world.work.length} workflows`,
    `${delivered.size} results delivered`,
    `${extraRuns(world, lane)} extra runs`,
    `${abandoned.length} abandoned`,
    `${lane.tokensAtMs.length} token requests`,
    `${lane.connectionsAtMs.length} connections`,
    `${lane.sends.length} calls, ${lane.rejections.length} rejected`,
    `${lane.wasRunning ? 'exit' : 'dead before SIGTERM, exit'} ${exitCode ?? 'killed'} after ${(exitMs / 1_000).toFixed(1)} s`,
  ].join('; ');
}

/** What Temporal says of the activities; a local one has a marker. */
async function ofHistories(
  clientOf: Ground['clientOf'],
  taskQueue: string,
  work: readonly Item[],
): Promise<Pick<LaneFigures, 'delivered' | 'timedOut' | 'reruns' | 'handedOver'>> {
  const delivered = new Set<string>();
  const timedOut = new Map<string, number>();
  const reruns: string[] = [];
  const handedOver: string[] = [];
  for (const [index, item] of work.entries()) {
    const { kind } = item;
    const handle = clientOf(item).workflow.getHandle(`${taskQueue}-${index}`);
    const history = await handle.fetchHistory().catch(() => undefined);
    for (const event of history?.events ?? []) {
      const { activityTaskStartedEventAttributes: started, workflowTaskTimedOutEventAttributes: late } =
        event;
      const payloads = [
        ...(event.activityTaskCompletedEventAttributes?.result?.payloads ?? []),
        ...(started?.lastFailure?.applicationFailureInfo?.details?.payloads ?? []),
      ];
      // Large ones say nothing more.
      for (const { data } of payloads)
        handedOver.push(
          `item ${index}: ${Buffer.from(data ?? [])
            .subarray(-300)
            .toString()}`,
        );
      const timeout = event.activityTaskTimedOutEventAttributes?.failure?.message;
      if (timeout === 'activity Heartbeat timeout') timedOut.set(String(index), tsToMs(event.eventTime));
      if (
        event.activityTaskCompletedEventAttributes != null ||
        event.activityTaskCanceledEventAttributes != null ||
        event.markerRecordedEventAttributes != null
      )
        delivered.add(String(index));
      if (started?.lastFailure != null) reruns.push(`${index} ${kind}: ${started.lastFailure.message ?? ''}`);
      const failure = event.workflowExecutionFailedEventAttributes?.failure;
      if (failure != null) {
        reruns.push(
          `${index} ${kind}: workflow failed: ${failure.message ?? ''}, ${failure.cause?.message ?? ''}`,
        );
      }
      if (late != null) reruns.push(`${index} ${kind}: workflow task timed out`);
    }
  }
  return { delivered, timedOut, reruns, handedOver };
}

function byItem(moments: Iterable<readonly [workflowId: string, atMs: number]>): ReadonlyMap<string, number> {
  return new Map([...moments].map(([workflowId, atMs]) => [itemOf(workflowId), atMs]));
}

/** Its number ends the workflow's id. */
function itemOf(workflowId: string): string {
  return workflowId.slice(workflowId.lastIndexOf('-') + 1);
}

/** For a sentence. */
export function inSeconds(ms: number | undefined): string {
  return ms === undefined ? 'never' : `${(ms / 1_000).toFixed(1)} s`;
}
