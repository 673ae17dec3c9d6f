import { setTimeout as sleep } from 'node:timers/promises';
import { faults } from '../faults/catalogue.ts';
import { eventually } from '../fixtures/eventually.ts';
import { dayOf, keyWithdrawn } from './bad-day.ts';
import { noticedAtMs } from './figures.ts';
import type { StackDay, StackGround } from './stack-ground.ts';
import type { Lane } from '../worlds/lane.ts';

/** The bad days, in the order of the page. */
export const badDays: readonly StackDay[] = [
  // Keycloak takes some ten seconds more until it answers.
  dayOf(faults['provider-away'], 121, {
    name: 'identity-provider-down',
    title: 'identity provider down for 133 s, tokens of 20 s',
    lifetimeSeconds: 20,
    startToCloseSeconds: 180,
    withinSeconds: 21,
    needsToken: true,
  }),
  dayOf(faults['key-withdrawn'], 0, { ...keyWithdrawn, name: 'key-rotated' }),
  rejectedFor(20),
  rejectedFor(90),
  rejectedFor(200),
  {
    name: 'temporal-down-then-rejecting',
    title: 'Temporal down for 70 s, then rejecting good tokens for 20 s',
    restartsTemporal: true,
    lifetimeSeconds: 300,
    throughGateway: true,
    startToCloseSeconds: 150,
    withinSeconds: 15,
    async happen(ground: StackGround): Promise<void> {
      const restart = await faults['temporal-away'].begin(ground);
      await sleep(69_000);
      const accept = await faults.rejected.begin(ground);
      await restart();
      await sleep(20_000);
      await accept();
    },
  },
  dayOf(faults['temporal-away'], 77, {
    name: 'temporal-restarted',
    title: 'Temporal restarted, down for 78 s',
    restartsTemporal: true,
    lifetimeSeconds: 300,
    startToCloseSeconds: 120,
    withinSeconds: 12,
  }),
  storm('unauthenticated'),
  storm('html-401'),
  storm('goaway'),
  dayOf(faults['secret-rotated'], 0, {
    name: 'secret-rotated',
    title: 'client secret rotated, the old one rejected at once; tokens of 20 s',
    lifetimeSeconds: 20,
    withinSeconds: 6,
    countsFrom: 'rejected request',
    needsToken: true,
  }),
  {
    name: 'wrong-secret',
    title: 'the right client secret 10 s after a wrong one was rejected; tokens of 20 s',
    lifetimeSeconds: 20,
    withinSeconds: 6,
    needsToken: true,
    async happen(ground: StackGround, lanes: readonly Lane[]): Promise<void> {
      const sinceMs = Date.now();
      const putRight = await faults['secret-wrong'].begin(ground);
      await eventually('a rejected request of each worker', () =>
        lanes.every((lane) => noticedAtMs('rejected request', sinceMs, lane) !== undefined),
      );
      await sleep(10_000);
      await putRight();
    },
  },
  dayOf(faults['store-away'], 20, {
    name: 'sidecar-restarted',
    title: 'sidecar and OpenBao restarted during a rotation, down for 20 s; tokens of 20 s',
    lifetimeSeconds: 20,
    withinSeconds: 10,
    needsToken: true,
  }),
  dayOf(faults['tokens-revoked'], 0, {
    name: 'token-revoked',
    title: 'token revoked under 20 workflows a second',
    lifetimeSeconds: 300,
    throughGateway: true,
    perSecond: 20,
    withinSeconds: 5,
    countsFrom: 'rejected call',
    afterSeconds: { ours: 60 },
  }),
  dayOf(faults['polls-rejected'], 135, {
    name: 'worker-failed',
    title:
      'polls of fixed pollers rejected until the worker is FAILED, which no probe sees; under `runWorker()`',
    isSupervised: true,
    lifetimeSeconds: 300,
    throughGateway: true,
    startToCloseSeconds: 180,
    pollers: 'fixed',
    withinSeconds: 15,
  }),
];

function rejectedFor(seconds: number): StackDay {
  return dayOf(faults.rejected, seconds, {
    name: `rejected-${seconds}`,
    title: `good tokens rejected for ${seconds} s`,
    lifetimeSeconds: 300,
    throughGateway: true,
    startToCloseSeconds: seconds + 60,
    withinSeconds: 15,
  });
}

function storm(name: 'unauthenticated' | 'html-401' | 'goaway'): StackDay {
  return dayOf(faults[name], 30, {
    ...{ name, title: `${faults[name].breaks} for 30 s`, lifetimeSeconds: 300, throughGateway: true },
    withinSeconds: 5,
  });
}
