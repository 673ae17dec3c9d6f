import type { Stack } from '@worker-auth/servers';
import { TemporalWorkflowClient } from '@worker-auth/temporal-auth';
import { RecordingLogger, TemporalAuthGateway } from '@worker-auth/testing-fakes';
import type { BadDay, Scene } from './bad-day.ts';
import type { DayPlan } from './day-plan.ts';
import type { Ground } from './ground.ts';
import { startRealStack } from '../fixtures/real-stack.ts';
import { writeWorkflowBundle } from './workflow-bundle.ts';

/** Keycloak, OpenBao, daprd and the authorizing Temporal. */
export interface StackGround extends Ground {
  readonly stack: Stack;
  /** Before Temporal; workers that are sent through it meet what it is told to do. */
  readonly gateway: TemporalAuthGateway;
}

/** A bad day on them. */
export type StackDay = BadDay<StackGround>;

/** What happens there happens to these. */
export type StackScene = Scene<StackGround>;

/** Starts the servers that these days need; @param days all with tokens of one lifetime */
export async function startStackGround(...days: readonly [StackDay, ...StackDay[]]): Promise<StackGround> {
  const [{ lifetimeSeconds }] = days;
  const restarts = days.some(({ restartsTemporal = false }) => restartsTemporal);
  await using started = new AsyncDisposableStack();
  const { codePath } = started.use(await writeWorkflowBundle());
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
    ...{ stack, gateway, client, codePath },
    envOf: ({ throughGateway = false }: DayPlan) =>
      throughGateway ? { ...stack.env, ATLAN_WORKFLOW_PORT: String(gateway.port) } : stack.env,
    recover: () => {
      gateway.recover();
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
