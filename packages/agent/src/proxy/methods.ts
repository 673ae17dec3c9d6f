import { maxTimerMs } from '@worker-auth/internal';

/** What a proxy does with a call, by its method. */
export type CallKind =
  /** A long poll: a rejection is never shown, as a worker would end by it. Without a task it ends as Temporal itself ends it. */
  | 'poll'
  /** An activity's result, by its task token: Temporal accepts it once, and its response is empty. */
  | 'result'
  /** An activity's heartbeat, by its task token. */
  | 'heartbeat'
  /** Reports a task whose response says more than that it came: repeated until the caller's deadline. */
  | 'completion'
  /** Any other unary call of Temporal: its caller sees what came of it. */
  | 'client'
  /** Ends the held polls of a worker. */
  | 'shutdown'
  /** Passed through as it is, once. */
  | 'stream';

/** Parts whose troubles are reported separately. */
export const parts = ['upstream', 'polls', 'results', 'others'] as const;

/** What is wrong, in a sentence, and with what. */
export interface Trouble {
  readonly part: (typeof parts)[number];
  readonly text: string;
}

const partOfKind: Readonly<Partial<Record<CallKind, Trouble['part']>>> = {
  poll: 'polls',
  result: 'results',
  heartbeat: 'results',
  completion: 'results',
};

const kinds: Readonly<Record<string, CallKind>> = {
  PollWorkflowTaskQueue: 'poll',
  PollActivityTaskQueue: 'poll',
  PollNexusTaskQueue: 'poll',
  RespondActivityTaskCompleted: 'result',
  RespondActivityTaskFailed: 'result',
  RespondActivityTaskCanceled: 'result',
  RecordActivityTaskHeartbeat: 'heartbeat',
  RespondWorkflowTaskCompleted: 'completion',
  RespondWorkflowTaskFailed: 'completion',
  RespondQueryTaskCompleted: 'completion',
  RespondNexusTaskCompleted: 'completion',
  RespondNexusTaskFailed: 'completion',
  RespondActivityTaskCompletedById: 'completion',
  RespondActivityTaskFailedById: 'completion',
  RespondActivityTaskCanceledById: 'completion',
  RecordActivityTaskHeartbeatById: 'completion',
  ShutdownWorker: 'shutdown',
};

const api = 'temporal.api.';

/** Health checks and reflection answer by streams too. */
const others = /^grpc\.(?:health|reflection)\./;

const units: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 1e-3, n: 1e-6 };

/** `undefined` for a service that is not forwarded. @param path `/package.Service/Method` */
export function kindOf(path: string): CallKind | undefined {
  const [, service = '', method = ''] = path.split('/');
  if (service.startsWith(api)) return kinds[method] ?? 'client';
  return others.test(service) ? 'stream' : undefined;
}

export function partOf(path: string): Trouble['part'] {
  return partOfKind[kindOf(path) ?? 'client'] ?? 'others';
}

/** The method's short name. */
export function methodOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Reads `grpc-timeout`, in ms; `undefined` without one, and where no timer can hold it. */
export function readTimeout(text: string | undefined): number | undefined {
  const [, value, unit = ''] = /^(\d{1,8})([HMSmun])$/.exec(text ?? '') ?? [];
  const ms = Number(value) * (units[unit] ?? 1);
  return ms <= maxTimerMs ? ms : undefined;
}

/** Writes `grpc-timeout`, which has eight digits. */
export function writeTimeout(ms: number): string {
  const whole = Math.max(1, Math.ceil(ms));
  return whole < 1e8 ? `${whole}m` : `${Math.ceil(whole / 1_000)}S`;
}
