import type { MockOAuthServer, TemporalAuthGateway } from '@worker-auth/testing-fakes';
import type { Passthrough } from '../bad-days/passthrough.ts';
import type { Fault } from '../faults/fault.ts';
import type { IdentityProvider, Restartable } from '../faults/servers.ts';

/** The servers of one lane: its own way to the one Temporal, its own client of the one OAuth server. */
export interface LaneServers {
  /** One of the frontends. */
  readonly gateway: TemporalAuthGateway;
  readonly oauth: MockOAuthServer;
  readonly clientId: string;
  readonly provider: IdentityProvider;
  readonly temporal: Restartable;
  /** Before the frontends. */
  readonly network: Passthrough;
  readonly clock: { behindMs: number };
  readonly secret: { rotate(): Promise<void> };
}

/** The namespace beside `default`. */
export const secondNamespace = 'second';

/** What an activity is like. */
export type ItemKind =
  | 'short'
  | 'long'
  | 'beating'
  | 'failing'
  | 'cancelled'
  | 'large'
  | 'local'
  /** Of a child workflow. */
  | 'child'
  /** Of two runs: the first continues as new. */
  | 'again'
  /** Completed by another process. */
  | 'elsewhere';

/** A workflow with one activity, started on both lanes at once. */
export interface Item {
  readonly kind: ItemKind;
  /** When it is started, in seconds after both workers have started. */
  readonly atSeconds: number;
  /** How long its activity takes. */
  readonly seconds: number;
  /** Default `default`. A lane has a worker in each namespace of its items, all on one connection. */
  readonly namespace?: string;
}

/** A fault for its time, in seconds after both workers have started. */
export interface TimedFault {
  readonly fault: Fault<LaneServers>;
  /** Default: from before the workers start. */
  readonly fromSeconds?: number;
  /** Default: until the end. */
  readonly forSeconds?: number;
  /** In place of the two above: from before the workers' processes start, for so long. */
  readonly atStartSeconds?: number;
  /** Which of the frontends it is at. Default the first. */
  readonly frontends?: readonly number[];
  /** Every call is rejected, with a new token too. Default false. */
  readonly rejectsEveryToken?: boolean;
  /** Some calls are rejected, with a new token too. Default as {@link rejectsEveryToken}. */
  readonly noTokenHelps?: boolean;
}

/** What two lanes go through. */
export interface World {
  /** On the command line. */
  readonly name: string;
  readonly title: string;
  /** Of the tokens. */
  readonly lifetimeSeconds: number;
  /** Who opens the connection of our worker: the plugin, the user by `connectNative`, the user to the agent's proxy, without a token, or `runWorker()`. */
  readonly connection: 'plugin' | 'user' | 'proxy' | 'supervised';
  readonly faults: readonly TimedFault[];
  readonly work: readonly Item[];
  /** Frontends of the one Temporal, behind one address. Default 1. */
  readonly frontends?: number;
  /** Streams that the frontend allows on a connection. Default no limit. */
  readonly maxStreams?: number;
  /** When SIGTERM is sent, in seconds after both workers have started. Default: when all is done. */
  readonly terminateAtSeconds?: number;
  /** What stands beside each worker, on its way to Temporal: a client whose calls are reset at their deadlines of 2 s, one that waits for each result, or a second worker that is killed. Default nothing. */
  readonly beside?: 'deadlines' | 'waiting' | 'doomed';
  /** When the second worker is killed, in seconds after both workers have started. */
  readonly killAtSeconds?: number;
  /** Activities that a worker runs at once. Default the SDK's. */
  readonly slots?: number;
  /** Short activities must end about when they end with plain. Default false. */
  readonly isTimely?: boolean;
  /** Ours must complete all, and run nothing twice, though the plain worker may not. Default false. */
  readonly mustComplete?: boolean;
  /** Each workflow of ours must complete within so many seconds of its start. Default: no bound. */
  readonly withinSeconds?: number;
  /** Ours must start in each of so many further processes, though the plain worker may not. Default 0. */
  readonly moreStarts?: number;
}

/** `count` items of a kind at once. */
export function items(count: number, kind: ItemKind, seconds: number, atSeconds = 0): readonly Item[] {
  return Array.from({ length: count }, () => ({ kind, seconds, atSeconds }));
}

/** The namespaces in which there is work, `default` for an item that names none. */
export function namespacesOf(work: readonly Item[]): readonly string[] {
  return [...new Set(work.map(({ namespace = 'default' }) => namespace))];
}

/** The world in words. */
export function describeWorld(world: World): readonly string[] {
  const { name, title, lifetimeSeconds, connection, faults, work, maxStreams, terminateAtSeconds } = world;
  const { frontends = 1, moreStarts = 0, slots, beside } = world;
  const kinds = [...new Set(work.map(({ kind }) => kind))];
  return [
    `${name}: ${title}`,
    [
      `  tokens of ${lifetimeSeconds} s`,
      `connection: ${connection}`,
      ...(frontends > 1 ? [`${frontends} frontends`] : []),
      ...(maxStreams === undefined ? [] : [`${maxStreams} streams a connection`]),
      ...(namespacesOf(work).length > 1 ? ['two namespaces'] : []),
      ...(slots === undefined ? [] : [`${slots} slots`]),
      ...(beside === undefined ? [] : [`beside it: ${beside}`]),
      ...(moreStarts > 0 ? [`${moreStarts} more starts of ours`] : []),
    ].join('; '),
    ...faults.map((fault) => `  ${fault.fault.breaks}, ${timesOf(fault)}`),
    `  ${kinds.map((kind) => `${work.filter((item) => item.kind === kind).length} ${kind}`).join(', ')}`,
    ...(terminateAtSeconds === undefined ? [] : [`  SIGTERM after ${terminateAtSeconds} s`]),
  ];
}

function timesOf({ fromSeconds, forSeconds, atStartSeconds, frontends = [0] }: TimedFault): string {
  const where = frontends.length === 1 && frontends[0] !== 0 ? ' at the second frontend alone' : '';
  return (
    (atStartSeconds === undefined
      ? spanOf(fromSeconds, forSeconds)
      : `at the start for ${atStartSeconds} s`) + where
  );
}

function spanOf(fromSeconds: number | undefined, forSeconds: number | undefined): string {
  if (forSeconds === undefined) return fromSeconds === undefined ? 'always' : `from ${fromSeconds} s on`;
  return `${fromSeconds === undefined ? 'from the start' : `from ${fromSeconds} s`} for ${forSeconds} s`;
}
