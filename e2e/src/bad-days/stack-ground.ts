import type { Stack } from '@worker-auth/servers';
import { TemporalWorkflowClient } from '@worker-auth/temporal-auth';
import { RecordingLogger, TemporalAuthGateway } from '@worker-auth/testing-fakes';
import { endFaults } from '../faults/at-gateway.ts';
import type { ClientSecret, IdentityProvider, Restartable, SecretStore } from '../faults/servers.ts';
import type { BadDay, DayPlan, Ground } from './bad-day.ts';
import { startRealStack } from '../fixtures/real-stack.ts';
import { writeWorkflowBundle } from './workflow-bundle.ts';

/** Keycloak, OpenBao, daprd and the authorizing Temporal. */
export interface StackGround extends Ground {
  readonly provider: IdentityProvider;
  readonly secret: ClientSecret;
  readonly store: SecretStore;
  /** With the gateway before it. */
  readonly temporal: Restartable;
  /** Before Temporal; workers that are sent through it meet what it is told to do. */
  readonly gateway: TemporalAuthGateway;
}

/** A bad day on them. */
export type StackDay = BadDay<StackGround>;

/** Starts the servers that these days need; @param days all with tokens of one lifetime */
export async function startStackGround(...days: readonly StackDay[]): Promise<StackGround> {
  const lifetimeSeconds = Math.min(...days.map((day) => day.lifetimeSeconds));
  const restarts = days.some(({ restartsTemporal = false }) => restartsTemporal);
  await using started = new AsyncDisposableStack();
  const stack = started.use(await startRealStack(lifetimeSeconds, restarts ? 'in a file' : 'in memory'));
  const ground = started.use(await groundOn(stack));
  const owned = started.move();
  return { ...ground, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** What a bad day needs beside a stack that runs. */
export async function groundOn(stack: Stack): Promise<StackGround> {
  await using started = new AsyncDisposableStack();
  const { codePath } = started.use(await writeWorkflowBundle());
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
    ...{ gateway, client, codePath },
    ...{ provider: stack.keycloak, secret: secretOf(stack), store: storeOf(stack) },
    temporal: {
      halt: async () => {
        await Promise.all([gateway.stop(), stack.temporal.halt()]);
      },
      restart: async () => {
        await stack.temporal.restart();
        await gateway.restart();
      },
    },
    envOf: ({ throughGateway = false }: DayPlan) =>
      throughGateway ? { ...stack.env, TEMPORAL_ADDRESS: gateway.address } : stack.env,
    recover: () => {
      endFaults(gateway);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function secretOf(stack: Stack): ClientSecret {
  const { clientId } = stack.client;
  return {
    rotate: async () =>
      stack.writeCredentials({ clientId, clientSecret: await stack.keycloak.regenerateSecret(clientId) }),
    spoil: async () => {
      const clientSecret = await stack.keycloak.regenerateSecret(clientId);
      await stack.writeCredentials({ clientId, clientSecret: 'wrong' });
      return () => stack.writeCredentials({ clientId, clientSecret });
    },
  };
}

function storeOf({ daprd, openBao }: Stack): SecretStore {
  return {
    halt: async () => {
      await Promise.all([daprd.halt(), openBao.halt()]);
    },
    // The secrets of OpenBao were in memory.
    restart: async (fill) => {
      await openBao.restart();
      await fill();
      await daprd.restart();
    },
  };
}
