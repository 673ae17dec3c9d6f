import type { Logger } from '@temporalio/common';
import {
  checkRange,
  type Clock,
  type Environment,
  systemClock,
  timerMs,
  withDeadline,
} from '@worker-auth/internal';
import type { TemporalWorkflowClientOptions } from '../settings/temporal-options.ts';
import type { ApplicationTokens } from '../tokens/application-tokens.ts';
import { DoctorCode } from './doctor-code.ts';
import { Examination, ProblemFound } from './examination.ts';
import type { ClaimMapperOptions } from './permission.ts';

/** As long as one step takes at most by default, in milliseconds. */
const defaultTimeoutMs = 5_000;

/** Settings of `diagnose()`: those of the client that is to be looked into, so that its own options can be handed over. */
export interface DiagnoseOptions extends TemporalWorkflowClientOptions {
  /** How long each step may take, in milliseconds, above 0 and at most 2^31-1. Default 5,000. */
  readonly timeoutMs?: number | undefined;
  /**
   * The agent whose token is looked at, instead of credentials: `http://host:port` or `unix:/path`, as it listens, or the file that it writes.
   * Default none.
   */
  readonly agent?: string | undefined;
  /** The file with the bearer that the agent asks for. Default none. */
  readonly agentBearerFile?: string | undefined;
  /** How the server's claim mapper is configured. Default as Temporal's own is. */
  readonly authorization?: ClaimMapperOptions | undefined;
  /** How many workers run in the namespace: whether Temporal allows their polls. Default not known. */
  readonly workers?: number | undefined;
  /** The server's `frontend.namespaceCount`. Default 1,200, as Temporal's. */
  readonly namespaceCount?: number | undefined;
  /** Whether to try the native connection of workers too, for which Temporal's Runtime is made in this process. Default false. */
  readonly native?: boolean | undefined;
  /** Ends the diagnosis, which then rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** What every step of a diagnosis has. */
export interface DiagnosisContext {
  readonly options: DiagnoseOptions;
  readonly env: Environment;
  readonly examination: Examination;
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Those that an agent gave; `undefined` when none was asked. */
  readonly agentTokens?: ApplicationTokens | undefined;
}

const no = (): undefined => undefined;

/** The diagnosis is what tells. */
export const silentLogger: Logger = { log: no, trace: no, debug: no, info: no, warn: no, error: no };

/** @throws RangeError for a timeout outside its range */
export function openContext(options: DiagnoseOptions): DiagnosisContext {
  const { timeoutMs = defaultTimeoutMs } = options;
  checkRange('timeoutMs', timeoutMs, timerMs);
  const signal = options.signal ?? new AbortController().signal;
  return {
    ...{ options, timeoutMs, signal },
    env: options.env ?? process.env,
    examination: new Examination(signal),
    clock: options.token?.clock ?? systemClock,
  };
}

/** `task`, for as long as one step may take; `what` is for the message: "No … within 5000 ms. …". */
export function inTime<T>(
  { clock, timeoutMs, signal }: DiagnosisContext,
  what: string,
  task: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const message = `No ${what} within ${timeoutMs} ms. Check routes, firewalls and network policies.`;
  const timeoutError = (): Error => new ProblemFound(DoctorCode.connectionTimedOut, message);
  return withDeadline(task, { clock, timeoutMs, signal, timeoutError });
}
