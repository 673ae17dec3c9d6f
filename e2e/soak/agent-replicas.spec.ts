import '../src/fixtures/runtime-log.ts';
import { TemporalWorkflowClient, type TemporalWorkflowClientOptions } from '@worker-auth/temporal-auth';
import { RecordingLogger, tokenFingerprint } from '@worker-auth/testing-fakes';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { AgentProcess } from '../src/agent/agent-process.ts';
import { describeWith } from '../src/fixtures/describe-with.ts';
import {
  credentialsInEnvironment,
  type TemporalWithGateway,
  startTemporalWithGateway,
} from '../src/fixtures/temporal-with-gateway.ts';
import { temporaryFolder } from '../src/fixtures/temporary-folder.ts';
import { activities } from '../src/workload/activities.ts';
import { Workload } from '../src/workload/workload.ts';
import { workflowsPath } from '../src/workload/workflows-path.ts';

const lifetimeSeconds = 20;
const forMs = 50_000;

/** What became of two replicas. */
interface Outcome {
  /** Of the calls that Temporal got, in percent. */
  readonly rejectedPercent: number;
  /** Calls and workflows that failed for who made them. */
  readonly failed: number;
  /** What ended a replica. */
  readonly errors: readonly unknown[];
  readonly tokens: number;
}

/** Calls with a token, and how many of them had another one than the newest. */
interface Counts {
  readonly all: number;
  readonly rejected: number;
}

/** From now on Temporal accepts a token until the OAuth server gives another one. */
function acceptOneToken({ gateway, oauth }: TemporalWithGateway): Counts {
  const counts = { all: 0, rejected: 0 };
  gateway.failWith(({ token }) => {
    if (token === undefined) return undefined;
    counts.all++;
    if (token.fingerprint === tokenFingerprint(oauth.issuedTokens.at(-1) ?? '')) return undefined;
    counts.rejected++;
    return 'permissionDenied';
  });
  return counts;
}

/**
 * Runs two replicas, which have a task queue in common, and workflows and calls of their own. One token is good at a time as soon as both
 * run: alone, a replica is never rejected.
 *
 * @throws what a replica throws that does not start
 */
async function runReplicas(
  ground: TemporalWithGateway,
  options: TemporalWorkflowClientOptions,
): Promise<Outcome> {
  const ending = new AbortController();
  let started = 0;
  const bothRun = Promise.withResolvers<Counts>();
  const replica = async (): Promise<number> => {
    await using client = new TemporalWorkflowClient({ ...options, logger: new RecordingLogger() });
    client.on('workerStarted', ({ attempt }) => {
      if (attempt === 1 && ++started === 2) bothRun.resolve(acceptOneToken(ground));
    });
    const working = client.runWorker({ workflowsPath, activities });
    // Awaited at the end, though it may fail before.
    working.catch(bothRun.reject);
    await bothRun.promise;
    const workload = new Workload(client, 1_000);
    const calling = callUntil(client, ending.signal);
    await workload.run(ending.signal, () => undefined);
    const failedCalls = await calling;
    await client.close();
    await working;
    return workload.counts.failed + failedCalls;
  };
  const ended = Promise.allSettled([replica(), replica()]);
  const counts = await bothRun.promise;
  await sleep(forMs);
  ending.abort();
  // Two replicas that reject one another may not end in any time while both have workflows.
  ground.gateway.recover();
  const replicas = await ended;
  const failed = replicas.reduce((sum, ended) => sum + (ended.status === 'fulfilled' ? ended.value : 0), 0);
  const errors = replicas.flatMap((ended) => (ended.status === 'rejected' ? [ended.reason as unknown] : []));
  const rejectedPercent = (100 * counts.rejected) / counts.all;
  const outcome = { rejectedPercent, failed, errors, tokens: ground.oauth.issuedTokens.length };
  console.log(JSON.stringify({ ...outcome, ...counts }));
  return outcome;
}

/** @returns how many calls failed */
async function callUntil(client: TemporalWorkflowClient, signal: AbortSignal): Promise<number> {
  let failed = 0;
  while (!signal.aborted) {
    const { workflowService } = client.client.connection;
    await workflowService.describeNamespace({ namespace: 'default' }).catch(() => failed++);
    await sleep(100);
  }
  return failed;
}

await describeWith(
  ['temporal-cli'],
  'two replicas of one client, of which one token is good at a time,',
  () => {
    it('lose no call with one agent', async () => {
      await using temporal = await startTemporalWithGateway(lifetimeSeconds);
      await using folder = await temporaryFolder();
      const { env: place, oauth } = temporal;
      const env = { ...place, ...credentialsInEnvironment(oauth, 'postgres_extraction') };
      await using agent = new AgentProcess({ env, out: join(folder.path, 'token') });
      await expect.poll(() => agent.token()).toBeDefined();
      const { tokens, failed, errors, rejectedPercent } = await runReplicas(temporal, {
        env: { ...place, ATLAN_WORKFLOW_AUTH_URL: '', WORKER_AUTH_TOKEN_FILE: agent.out },
      });
      expect(tokens).toBeGreaterThanOrEqual(4);
      expect({ failed, errors }).toEqual({ failed: 0, errors: [] });
      // The moment between a new token and its way to the replicas.
      expect(rejectedPercent).toBeLessThan(5);
    });

    it('reject one another with a token each', async () => {
      await using temporal = await startTemporalWithGateway(lifetimeSeconds);
      const { env: place, oauth } = temporal;
      const env = { ...place, ...credentialsInEnvironment(oauth, 'postgres_extraction') };
      const { rejectedPercent } = await runReplicas(temporal, {
        env,
        applicationName: 'postgres-extraction',
      });
      expect(rejectedPercent).toBeGreaterThan(20);
    });
  },
);
