import type { Client, WorkflowHandle } from '@temporalio/client';

import { eventually } from '../fixtures/eventually.ts';
import { ask, said, say } from './workflows.ts';
import type { Trace } from './activities.ts';

interface WorkflowExecutionOf {
  readonly workflowId: string;
}

/** Where a feature is tried. */
export interface Stage {
  /** Of the user; its calls carry the token. */
  readonly client: Client;
  /** On the native connection of the worker. */
  readonly sameConnection: Client;
  /** Of the test, which nothing rejects. */
  readonly direct: Client;
  readonly name: string;
  readonly trace: Trace;
  /** Says that the feature is half way; resolves when the world is well again. `during` is called while every call is rejected. */
  readonly halfWay: (during?: () => Promise<unknown>) => Promise<void>;
}

/** Uses a feature, half before the bad time and half after it, and tells what came of it. */
export type Feature = (stage: Stage) => Promise<unknown>;

/** Task queues of the two workers. */
export const queueOf = (name: string): string => `features-${name}`;
export const versionedQueueOf = (name: string): string => `versioned-${name}`;

/** A workflow whose activities are held until after half way. */
function whole(type: string, args: unknown[] = []): Feature {
  return async ({ client, name, halfWay }) => {
    const handle = await client.workflow.start(type, at(name, type, args));
    await halfWay();
    return handle.result() as Promise<unknown>;
  };
}

/** Each feature of the SDK that a worker has to do with. */
export const features: Readonly<Record<string, Feature>> = {
  'query, signal and update': async ({ client, name, halfWay }) => {
    const handle = await client.workflow.start('conversation', at(name, 'conversation'));
    await handle.signal(say, 'one');
    const before = await handle.query(said);
    const update = await handle.startUpdate(ask, { args: ['two'], waitForStage: 'ACCEPTED' });
    await halfWay();
    const answer = await update.result();
    await handle.signal(say, 'three');
    const after = await handle.query(said);
    const last = await handle.executeUpdate(ask, { args: ['end'] });
    return { before, answer, after, last, result: (await handle.result()) as unknown };
  },
  'a schedule': async ({ client, name, halfWay }) => {
    const action = { type: 'startWorkflow' as const, workflowType: 'oneActivity', args: ['scheduled'] };
    const { taskQueue } = at(name, '');
    const schedule = await client.schedule.create({
      ...{ scheduleId: `schedule-${name}`, spec: {}, action: { ...action, taskQueue } },
      policies: { overlap: 'ALLOW_ALL' },
    });
    await schedule.trigger();
    await halfWay();
    await schedule.trigger();
    let started: readonly WorkflowExecutionOf[] = [];
    await eventually('both runs of the schedule', async () => {
      const { recentActions } = (await schedule.describe()).info;
      started = recentActions.map(({ action }) => action.workflow);
      return started.length === 2;
    });
    const results = started.map(({ workflowId }) => client.workflow.getHandle(workflowId).result());
    const all: unknown[] = await Promise.all(results);
    await schedule.delete();
    return all;
  },
  children: whole('parent'),
  'an eager start': async ({ sameConnection, name, halfWay }) => {
    const options = { ...at(name, 'eager', ['eager']), requestEagerStart: true };
    const handle = await sameConnection.workflow.start('oneActivity', options);
    await halfWay();
    return { isEager: handle.eagerlyStarted, result: (await handle.result()) as unknown };
  },
  'a versioned worker with external storage': async ({ client, name, halfWay }) => {
    const options = { ...at(name, 'versioned'), taskQueue: versionedQueueOf(name) };
    const handle = await client.workflow.start('oneLarge', options);
    await halfWay();
    const result: unknown = await handle.result();
    const { events } = await handle.fetchHistory();
    const versions = events?.map(
      ({ workflowTaskCompletedEventAttributes: task }) => task?.deploymentVersion?.buildId,
    );
    const sizes = events?.map(
      ({ activityTaskCompletedEventAttributes: done }) => done?.result?.payloads?.[0]?.data?.length,
    );
    const isStored = sizes?.some((size) => size !== undefined && size < 1_000);
    return { result, isStored, versions: [...new Set(versions)].filter(Boolean) };
  },
  'asynchronous completion': async ({ client, name, trace, halfWay }) => {
    const handle = await client.workflow.start('completedElsewhere', at(name, 'elsewhere'));
    await halfWay();
    for (const token of trace.taskTokens) await client.activity.complete(token, 'from elsewhere');
    return handle.result() as Promise<unknown>;
  },
  'continue-as-new': async ({ client, name, halfWay }) => {
    const handle = await client.workflow.start('again', at(name, 'again', [2]));
    await halfWay();
    const result: unknown = await handle.result();
    return { result, chain: await chainOf(client, handle, handle.firstExecutionRunId) };
  },
  'a cancellation while calls are rejected': async ({ client, direct, name, halfWay }) => {
    const handle = await client.workflow.start('cancelled', at(name, 'cancelled'));
    await halfWay(() => direct.workflow.getHandle(handle.workflowId).cancel());
    return handle.result() as Promise<unknown>;
  },
  heartbeats: whole('goesOn'),
  'a result of 1.9 MB, through a codec': async ({ client, name, halfWay }) => {
    const handle = await client.workflow.start('oneLarge', at(name, 'large'));
    await halfWay();
    const result: unknown = await handle.result();
    const { events } = await handle.fetchHistory();
    const payloads = events?.flatMap(
      ({ activityTaskCompletedEventAttributes: done }) => done?.result?.payloads ?? [],
    );
    return {
      result,
      encodings: payloads?.map(({ metadata }) => Buffer.from(metadata?.['encoding'] ?? []).toString()),
    };
  },
};

function at(
  name: string,
  id: string,
  args: unknown[] = [],
): { readonly taskQueue: string; readonly workflowId: string; readonly args: unknown[] } {
  return { taskQueue: queueOf(name), workflowId: `${id}-${name}`, args };
}

/** How each run of the chain began, with the runs by their places in it. */
async function chainOf(client: Client, { workflowId }: WorkflowHandle, first: string): Promise<unknown[]> {
  const runs = [first];
  const chain: unknown[] = [];
  const placeOf = (id: string | null | undefined): number => runs.indexOf(id ?? '');
  for (const run of runs) {
    const { events } = await client.workflow.getHandle(workflowId, run).fetchHistory();
    const begin = events?.[0]?.workflowExecutionStartedEventAttributes;
    chain.push({
      initiator: begin?.initiator,
      before: placeOf(begin?.continuedExecutionRunId),
      first: placeOf(begin?.firstExecutionRunId),
      own: placeOf(begin?.originalExecutionRunId),
    });
    const next = events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId ?? '';
    if (next !== '') runs.push(next);
  }
  return chain;
}
