import { bundleWorkflowCode } from '@temporalio/worker';
import type { Stack } from '@worker-auth/servers';
import { TemporalWorkflowClient } from '@worker-auth/temporal-auth';
import { RecordingLogger, TemporalAuthGateway } from '@worker-auth/testing-fakes';
import { fileURLToPath } from 'node:url';
import type { BadDay } from './bad-day.ts';
import { startRealStack } from '../fixtures/real-stack.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';

const workflowsPath = fileURLToPath(new URL('workflows.ts', import.meta.url));

/** The servers of a bad day. */
export interface Ground extends AsyncDisposable {
  readonly stack: Stack;
  /** Before Temporal; workers that are sent through it meet what it is told to do. */
  readonly gateway: TemporalAuthGateway;
  /** Of the load: it goes straight to Temporal, with a token that lives for an hour. */
  readonly client: TemporalWorkflowClient;
  /** The bundle of the workflows. */
  readonly codePath: string;
  /** What an application has in its environment. */
  readonly env: Readonly<Record<string, string>>;
  /** The same for one that reaches Temporal through the gateway. */
  readonly envThroughGateway: Readonly<Record<string, string>>;
}

/** Starts the servers that these days need; @param days all with tokens of one lifetime */
export async function startGround(...days: readonly [BadDay, ...BadDay[]]): Promise<Ground> {
  const [{ lifetimeSeconds }] = days;
  const restarts = days.some(({ restartsTemporal = false }) => restartsTemporal);
  await using started = new AsyncDisposableStack();
  const folder = started.use(await temporaryFolder());
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: new RecordingLogger() });
  const codePath = await folder.write('workflows.js', code);
  const stack = started.use(await startRealStack(lifetimeSeconds, restarts ? 'in a file' : 'in memory'));
  const gateway = started.use(
    await TemporalAuthGateway.start({ upstream: stack.temporal.address, jwks: stack.keycloak.jwksUrl }),
  );
  const permissions = ['default:write'];
  const credentials = await stack.keycloak.createClient({
    clientId: 'load',
    lifespanSeconds: 3_600,
    permissions,
  });
  const client = started.use(
    new TemporalWorkflowClient({
      ...{ applicationName: 'load', ...credentials, env: stack.env, logger: new RecordingLogger() },
    }),
  );
  await client.load();
  const owned = started.move();
  return {
    ...{ stack, gateway, client, codePath, env: stack.env },
    envThroughGateway: { ...stack.env, ATLAN_WORKFLOW_PORT: String(gateway.port) },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
