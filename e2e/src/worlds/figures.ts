import type { LaneKind, LaneMessage } from './lane.ts';
import type { World } from './world.ts';
import type { Send } from './world-servers.ts';

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
  /** How often the activity of each item ran. */
  readonly runs: ReadonlyMap<string, number>;
  /** Items whose activity's result Temporal has. */
  readonly delivered: ReadonlySet<string>;
  readonly abandoned: number;
  /** From SIGTERM until the process had ended. */
  readonly exitMs: number;
  readonly exitCode: number | null;
  readonly unhandled: readonly string[];
  readonly health: readonly Extract<LaneMessage, { kind: 'health' }>[];
  readonly log: readonly Extract<LaneMessage, { kind: 'log' }>[];
  readonly sends: readonly Send[];
  readonly refusals: readonly Send[];
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
}

/** How often activities ran beyond what they need. */
export function extraRuns(world: World, { runs }: LaneFigures): number {
  return [...runs].reduce((total, [index, times]) => {
    const needed = world.work[Number(index)]?.kind === 'failing' ? 2 : 1;
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
    `${abandoned} abandoned`,
    `${lane.tokensAtMs.length} token requests`,
    `${lane.connectionsAtMs.length} connections`,
    `${lane.sends.length} calls, ${lane.refusals.length} refused`,
    `exit ${exitCode ?? 'killed'} after ${(exitMs / 1_000).toFixed(1)} s`,
  ].join('; ');
}
