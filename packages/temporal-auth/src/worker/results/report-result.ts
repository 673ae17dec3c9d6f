import type { ActivityResultEvent } from '../worker-events.ts';
import type { ActivityContext, ActivityResult } from './activity-result.ts';
import type { Heartbeats } from './heartbeats.ts';
import { callOnce, repeatCall, type RepeatedCallOptions } from './repeated-call.ts';
import type { ResultLog } from './result-log.ts';
import { type ReadyCall, type ReportingOptions, ResultRequest } from './result-request.ts';

/** How one result is reported. */
export interface ReportOptions extends RepeatedCallOptions {
  readonly worker: ReportingOptions;
  readonly heartbeats: Heartbeats;
  /** When the activity is over for Temporal, by the monotonic clock. */
  readonly endMs: number;
  readonly log: ResultLog;
  /** What may be shown of an error of Temporal's SDK. */
  readonly explain: (error: unknown) => string;
}

/**
 * Reports the result of one activity; while that takes, the activity stays alive.
 *
 * @returns whether Temporal has it, or does not want it any more; else Core is to report it
 */
export async function reportResult(
  result: ActivityResult,
  { info }: Pick<ActivityContext, 'info'>,
  options: ReportOptions,
): Promise<boolean> {
  const { worker, heartbeats, endMs, log } = options;
  const request = new ResultRequest(worker, info);
  const call = await readyCall(request, result, heartbeats);
  if (call === undefined) return false;
  const of = eventOf(info);
  let reason: string | undefined;
  const onFailure = (error: unknown): void => {
    const isFirst = reason === undefined;
    reason = options.explain(error);
    if (isFirst) log.pending(of, reason);
  };
  const beat = async (details: unknown): Promise<void> => callOnce(await request.heartbeat(details), options);
  const stopBeating = heartbeats.goOn(beat);
  const end = await repeatCall(call, { ...options, endMs, onFailure });
  stopBeating();
  if (reason !== undefined) log.ended(end, of, reason);
  return end === 'accepted';
}

/** @returns `undefined` for what cannot be converted: Core's side meets the same error, and does what it does with it */
async function readyCall(
  request: ResultRequest,
  result: ActivityResult,
  { last }: Heartbeats,
): Promise<ReadyCall | undefined> {
  try {
    return await request.result(result, last);
  } catch {
    return undefined;
  }
}

function eventOf({
  activityType,
  activityId,
  workflowExecution,
}: ActivityContext['info']): ActivityResultEvent {
  return { activityType, activityId, workflowId: workflowExecution?.workflowId };
}
