import type { TemporalWorkflowClient } from '@worker-auth/temporal-auth';
import type { TemporalAuthGateway } from '@worker-auth/testing-fakes';
import { faultOfCall, isLoadCall, isOfPlainWorker, isPoll } from '../faults/at-gateway.ts';
import type { Timeline } from './timeline.ts';

/**
 * Puts onto the timeline the events of a client's tokens, of Temporal and of its workers.
 *
 * @param fingerprint that of the current token, where frontends of ours see it
 */
export function followClient(
  client: Pick<TemporalWorkflowClient, 'on'>,
  timeline: Timeline,
  fingerprint: () => string | undefined = () => undefined,
): void {
  let lastFailure = '';
  client.on('tokenRefreshed', ({ tokenNumber, lifetimeMs, nextRefreshInMs: refreshInMs }) => {
    timeline.token(tokenNumber, { lifetimeMs, refreshInMs }, fingerprint());
    timeline.note('plain', `Token ${tokenNumber} has arrived`);
    lastFailure = '';
  });
  client.on('refreshFailed', ({ error }) => {
    const failure = `No token: ${error instanceof Error ? error.message : String(error)}`;
    // The attempts after it, which are many, tell nothing new.
    if (failure !== lastFailure) timeline.note('bad', failure);
    lastFailure = failure;
  });
  client.on('credentialsRejected', () => {
    timeline.note('bad', 'The OAuth server rejects the secret: it is read again');
  });
  client.on('tokenExpired', ({ tokenNumber }) => {
    timeline.note('bad', `Token ${tokenNumber} has ended, and there is no newer one`);
  });
  followWorkers(client, timeline);
}

function followWorkers(client: Pick<TemporalWorkflowClient, 'on'>, timeline: Timeline): void {
  client.on('temporalProbed', ({ result }) => {
    for (const kind of ['rejected', 'unreachable'] as const) {
      if (result === kind) timeline.begin(kind);
      else timeline.end(kind);
    }
  });
  client.on('workerFailed', () => {
    timeline.note('bad', 'The worker has failed: another one follows');
  });
  client.on('workerStarted', ({ attempt }) => {
    if (attempt > 1) timeline.note('good', 'Another worker runs');
  });
}

/** Activity results that Temporal did not accept at once. */
export interface ResultCounts {
  pending: number;
  delivered: number;
  gone: number;
  abandoned: number;
}

/** Counts them, and puts onto the timeline what becomes of them. */
export function followResults(client: Pick<TemporalWorkflowClient, 'on'>, timeline: Timeline): ResultCounts {
  const counts = { pending: 0, delivered: 0, gone: 0, abandoned: 0 };
  const pending = new Set<string>();
  const settled = (key: string, how: 'delivered' | 'gone' | 'abandoned'): void => {
    if (pending.delete(key)) counts[how]++;
    counts.pending = pending.size;
  };
  client.on('resultPending', ({ workflowId = '', activityId }) => {
    pending.add(`${workflowId} ${activityId}`);
    counts.pending = pending.size;
    timeline.note('plain', `A result of ${workflowId || 'an activity'} is pending: it is sent again`);
  });
  client.on('resultDelivered', ({ workflowId = '', activityId }) => {
    settled(`${workflowId} ${activityId}`, 'delivered');
    timeline.note('good', `The result of ${workflowId || 'an activity'} is delivered`);
  });
  client.on('resultGone', ({ workflowId = '', activityId }) => {
    settled(`${workflowId} ${activityId}`, 'gone');
    timeline.note('plain', `Temporal no longer wants the result of ${workflowId || 'an activity'}`);
  });
  client.on('resultAbandoned', ({ workflowId = '', activityId, reason }) => {
    settled(`${workflowId} ${activityId}`, 'abandoned');
    timeline.note('bad', `A result of ${workflowId || 'an activity'} is abandoned: ${reason}`);
  });
  return counts;
}

/** How many RPCs fared how. */
export interface RpcTotals {
  passed: number;
  rejected: number;
  /** Of the rejected ones, those of the client that starts and follows workflows. */
  rejectedOfClient: number;
  /** Of the plain worker; the others are without these. */
  readonly plain: { passed: number; rejected: number };
}

/** Counts the calls that come by, and puts them onto the timeline. */
export function followGateways(gateways: readonly TemporalAuthGateway[], timeline: Timeline): RpcTotals {
  const totals = { passed: 0, rejected: 0, rejectedOfClient: 0, plain: { passed: 0, rejected: 0 } };
  for (const [index, gateway] of gateways.entries()) {
    gateway.subscribe(({ verdict, method, token, metadata }) => {
      if (isOfPlainWorker(metadata)) {
        totals.plain[verdict]++;
        timeline.count(verdict === 'passed' ? 'plainCalls' : 'plainRejected');
        return;
      }
      const isOfClient = isLoadCall(method);
      totals[verdict]++;
      if (verdict === 'passed') {
        timeline.count(isOfClient ? 'clientCalls' : isPoll(method) ? 'polls' : 'calls');
        if (token !== undefined) timeline.accepted(token.fingerprint);
        return;
      }
      if (isOfClient) totals.rejectedOfClient++;
      const isThrottled = faultOfCall(gateway) === 'throttled';
      timeline.count(isOfClient ? 'clientRejected' : isThrottled ? 'throttled' : 'rejected');
      if (!isThrottled) timeline.count(index === 0 ? 'rejectedBy1' : 'rejectedBy2');
    });
  }
  return totals;
}
