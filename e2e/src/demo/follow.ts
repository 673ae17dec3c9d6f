import type { TemporalWorkflowClient } from '@worker-auth/temporal-auth';
import type { TemporalAuthGateway } from '@worker-auth/testing-fakes';
import type { Timeline } from './timeline.ts';

/** Puts onto the timeline what a client tells of its tokens, of Temporal and of its workers. */
export function followClient(client: Pick<TemporalWorkflowClient, 'on'>, timeline: Timeline): void {
  let lastFailure = '';
  client.on('tokenRefreshed', ({ tokenNumber, lifetimeMs, nextRefreshInMs: refreshInMs }) => {
    timeline.token(tokenNumber, { lifetimeMs, refreshInMs });
    timeline.note('plain', `Token ${tokenNumber} is there`);
    lastFailure = '';
  });
  client.on('refreshFailed', ({ error }) => {
    const failure = `No token: ${error instanceof Error ? error.message : String(error)}`;
    // The attempts after it, which are many, tell nothing new.
    if (failure !== lastFailure) timeline.note('bad', failure);
    lastFailure = failure;
  });
  client.on('credentialsRejected', () => {
    timeline.note('bad', 'The OAuth server refuses the secret: it is read again');
  });
  client.on('tokenExpired', ({ tokenNumber }) => {
    timeline.note('bad', `Token ${tokenNumber} has ended, and there is no newer one`);
  });
  followWorkers(client, timeline);
}

function followWorkers(client: Pick<TemporalWorkflowClient, 'on'>, timeline: Timeline): void {
  client.on('temporalProbed', ({ result }) => {
    for (const kind of ['refused', 'unreachable'] as const) {
      if (result === kind) timeline.begin(kind);
      else timeline.end(kind);
    }
  });
  client.on('resultPending', ({ workflowId }) => {
    timeline.note(
      'plain',
      `A result of ${workflowId ?? 'an activity'} is sent again until Temporal accepts it`,
    );
  });
  client.on('resultAbandoned', ({ workflowId, reason }) => {
    timeline.note('bad', `A result of ${workflowId ?? 'an activity'} is abandoned: ${reason}`);
  });
  client.on('workerFailed', () => {
    timeline.note('bad', 'The worker has failed: another one follows');
  });
  client.on('workerStarted', ({ attempt }) => {
    if (attempt > 1) timeline.note('good', 'Another worker runs');
  });
}

/**
 * Puts onto the timeline what calls come by, and with what success.
 *
 * @param say told of a refusal, once for each method until it passes again
 */
export function followGateway(
  gateway: TemporalAuthGateway,
  timeline: Timeline,
  say: (text: string, isBad: boolean) => void,
): void {
  const refused = new Set<string>();
  gateway.subscribe(({ verdict, method, reason }) => {
    if (verdict === 'passed') {
      timeline.count(method.startsWith('Poll') ? 'polls' : 'calls');
      refused.delete(method);
      return;
    }
    timeline.count('refused');
    if (!refused.has(method)) say(`REFUSED ${method}: ${reason ?? ''}`, true);
    refused.add(method);
  });
}
