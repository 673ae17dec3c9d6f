import type { WorkflowHandle } from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';

/** What a scenario gives, without anything that differs from run to run. */
export interface Outcome {
  /** What the workflow returned, or the names and messages of its error and of all that stands behind it. */
  readonly end: unknown;
  /** `RUNNING`, `COMPLETED` and so on. */
  readonly status: string;
  /** The kinds of events in the history, without the workflow tasks. */
  readonly events: readonly number[];
  /** What a call in between gave. */
  readonly given?: unknown;
}

/**
 * Scheduled, started, completed, timed out: what comes together finds one workflow task or two, as it happens, and a busy machine may be late for
 * one.
 */
const workflowTasks: readonly number[] = [5, 6, 7, 8];

const uuid = /[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/g;

/** What a promise resolves to, or the names and messages of what it rejects with. */
export async function settled(promise: Promise<unknown>): Promise<unknown> {
  try {
    return await promise;
  } catch (error) {
    return { error: describeError(error) };
  }
}

/** How a workflow ends, and what stands in its history. */
export async function outcomeOf(handle: WorkflowHandle): Promise<Outcome> {
  const end = await settled(handle.result());
  const { status } = await handle.describe();
  const events = (await eventsOf(handle)).filter((kind) => !workflowTasks.includes(kind));
  return { end, status: status.name, events };
}

/** The kinds of all events of a run, by their numbers in Temporal's protos. */
export async function eventsOf(handle: WorkflowHandle): Promise<readonly number[]> {
  const { events } = await handle.fetchHistory();
  return (events ?? []).map(({ eventType }) => Number(eventType));
}

/** Looks often until `condition` holds. */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(20);
}

function describeError(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return error === undefined ? [] : [typeof error];
  const { name, message, cause } = error;
  const type = 'type' in error ? ` (${String(error.type)})` : '';
  const retryState = 'retryState' in error ? ` [${String(error.retryState)}]` : '';
  const told = `${name}${type}${retryState}: ${message.replaceAll(uuid, '<id>')}`;
  return [told, ...describeError(cause)];
}
