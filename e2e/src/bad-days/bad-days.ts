import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../fixtures/eventually.ts';
import type { StackDay, StackScene } from './stack-ground.ts';
import { rejectedText } from './figures.ts';

type FaultName = 'permissionDenied' | 'unauthenticated' | 'html401' | 'goAway';

/** The bad days, in the order of the page. */
export const badDays: readonly StackDay[] = [
  {
    name: 'identity-provider-down',
    title: 'identity provider down for 133 s, tokens of 20 s',
    lifetimeSeconds: 20,
    startToCloseSeconds: 180,
    withinSeconds: { fixed: 21, autoscaling: 21 },
    needsToken: true,
    async happen({ ground: { stack } }: StackScene): Promise<void> {
      await stack.keycloak.halt();
      // It takes some ten seconds until it answers.
      await sleep(121_000);
      await stack.keycloak.restart();
    },
  },
  {
    name: 'key-rotated',
    title: 'signing key rotated and withdrawn under tokens of 300 s',
    lifetimeSeconds: 300,
    startToCloseSeconds: 30,
    withinSeconds: { fixed: 5, autoscaling: 5 },
    countsFrom: 'refused probe',
    afterSeconds: { control: 130 },
    happen: ({ ground: { stack } }: StackScene): Promise<void> => stack.keycloak.rotateSigningKey(),
  },
  refusedFor(20),
  refusedFor(90),
  refusedFor(200),
  {
    name: 'temporal-down-then-refusing',
    title: 'Temporal down for 70 s, then refusing good tokens for 20 s',
    restartsTemporal: true,
    lifetimeSeconds: 300,
    throughGateway: true,
    startToCloseSeconds: 150,
    withinSeconds: { fixed: 5, autoscaling: 15 },
    async happen({ ground: { stack, gateway } }: StackScene): Promise<void> {
      await Promise.all([gateway.stop(), stack.temporal.halt()]);
      await sleep(69_000);
      await stack.temporal.restart();
      gateway.failWith('permissionDenied');
      await gateway.restart();
      await sleep(20_000);
      gateway.recover();
    },
  },
  {
    name: 'temporal-restarted',
    title: 'Temporal restarted, down for 78 s',
    restartsTemporal: true,
    lifetimeSeconds: 300,
    startToCloseSeconds: 120,
    withinSeconds: { fixed: 12, autoscaling: 12 },
    async happen({ ground: { stack } }: StackScene): Promise<void> {
      await stack.temporal.halt();
      await sleep(77_000);
      await stack.temporal.restart();
    },
  },
  storm('unauthenticated', 'every call UNAUTHENTICATED for 30 s', 'unauthenticated'),
  storm('html-401', 'every call HTTP 401 with a page of HTML for 30 s', 'html401'),
  storm('goaway', 'GOAWAY at every call for 30 s', 'goAway'),
  {
    name: 'secret-rotated',
    title: 'client secret rotated, the old one refused at once; tokens of 20 s',
    lifetimeSeconds: 20,
    withinSeconds: { fixed: 6, autoscaling: 6 },
    countsFrom: 'rejected request',
    needsToken: true,
    async happen({ ground: { stack } }: StackScene): Promise<void> {
      const { clientId } = stack.client;
      const clientSecret = await stack.keycloak.regenerateSecret(clientId);
      await stack.writeCredentials({ clientId, clientSecret });
    },
  },
  {
    name: 'wrong-secret',
    title: 'the right client secret 10 s after a wrong one was rejected; tokens of 20 s',
    lifetimeSeconds: 20,
    withinSeconds: { fixed: 6, autoscaling: 6 },
    needsToken: true,
    async happen({ ground: { stack }, workers }: StackScene): Promise<void> {
      const { clientId } = stack.client;
      const sinceMs = Date.now();
      const clientSecret = await stack.keycloak.regenerateSecret(clientId);
      await stack.writeCredentials({ clientId, clientSecret: 'wrong' });
      await eventually('a rejected request of each worker', 40_000, () =>
        workers.every((worker) => worker.saidAtMs(rejectedText, sinceMs) !== undefined),
      );
      await sleep(10_000);
      await stack.writeCredentials({ clientId, clientSecret });
    },
  },
  {
    name: 'sidecar-restarted',
    title: 'sidecar and OpenBao restarted during a rotation, down for 20 s; tokens of 20 s',
    lifetimeSeconds: 20,
    withinSeconds: { fixed: 10, autoscaling: 10 },
    needsToken: true,
    async happen({ ground: { stack } }: StackScene): Promise<void> {
      const { clientId } = stack.client;
      const clientSecret = await stack.keycloak.regenerateSecret(clientId);
      await Promise.all([stack.daprd.halt(), stack.openBao.halt()]);
      await sleep(20_000);
      // Its secrets were in memory.
      await stack.openBao.restart();
      await stack.writeCredentials({ clientId, clientSecret });
      await stack.daprd.restart();
    },
  },
  {
    name: 'token-revoked',
    title: 'token revoked under 20 workflows a second',
    lifetimeSeconds: 300,
    throughGateway: true,
    perSecond: 20,
    fixedPolls: 40,
    withinSeconds: { fixed: 5, autoscaling: 5 },
    countsFrom: 'refused probe',
    afterSeconds: { ours: 60 },
    happen: ({ ground: { gateway } }: StackScene): Promise<void> => {
      const revoked = new Set(gateway.tokensOf());
      gateway.failWith(({ token }) => (revoked.has(token?.fingerprint) ? 'permissionDenied' : undefined));
      return Promise.resolve();
    },
  },
  {
    name: 'worker-failed',
    title: 'polls alone refused until the worker is FAILED, which no probe sees; under `runWorker()`',
    isSupervised: true,
    lifetimeSeconds: 300,
    throughGateway: true,
    startToCloseSeconds: 180,
    pollers: ['fixed'],
    withinSeconds: { fixed: 15, autoscaling: 15 },
    happen: (scene: StackScene): Promise<void> => refuse(scene, 'permissionDenied', 135, 'Poll*'),
  },
];

/** @throws RangeError when there is none of that name */
export function badDayNamed(name: string): StackDay {
  const day = badDays.find((known) => known.name === name);
  if (day !== undefined) return day;
  throw new RangeError(`${name} is none of ${badDays.map((known) => known.name).join(', ')}`);
}

function refusedFor(seconds: number): StackDay {
  return {
    name: `refused-${seconds}`,
    title: `good tokens refused for ${seconds} s`,
    lifetimeSeconds: 300,
    throughGateway: true,
    startToCloseSeconds: seconds + 60,
    withinSeconds: { fixed: 5, autoscaling: 15 },
    happen: (scene: StackScene): Promise<void> => refuse(scene, 'permissionDenied', seconds),
  };
}

function storm(name: string, title: string, fault: FaultName): StackDay {
  return {
    ...{ name, title, lifetimeSeconds: 300, throughGateway: true },
    withinSeconds: { fixed: 5, autoscaling: 5 },
    happen: (scene: StackScene): Promise<void> => refuse(scene, fault, 30),
  };
}

/** @param method of the calls; default all */
async function refuse(
  { ground: { gateway } }: StackScene,
  fault: FaultName,
  seconds: number,
  method?: string,
): Promise<void> {
  gateway.failWith(fault, method);
  await sleep(seconds * 1_000);
  gateway.recover();
}
