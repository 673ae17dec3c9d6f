import { setTimeout as sleep } from 'node:timers/promises';
import { faults } from '../faults/catalogue.ts';
import { type BadDay, dayOf, keyWithdrawn } from './bad-day.ts';
import type { EnvoyGround } from './envoy-ground.ts';

/** Of an Envoy that drains: it listens no more then. */
const drainSeconds = 6;

/** The bad days behind an Envoy that checks tokens, in the order of the page. */
export const envoyDays: readonly BadDay<EnvoyGround>[] = [
  {
    name: 'envoy-expiry',
    title: 'behind Envoy: tokens of 20 s expire four times, a clock skew of 1 s allowed; nothing is rejected',
    lifetimeSeconds: 20,
    withinSeconds: 5,
    async happen({ envoy }: EnvoyGround): Promise<void> {
      const before = await envoy.rejections();
      await sleep(80_000);
      const rejected = (await envoy.rejections()) - before;
      if (rejected > 0) throw new Error(`Envoy rejected ${rejected} calls`);
    },
  },
  dayOf(faults['key-withdrawn'], 0, {
    ...keyWithdrawn,
    name: 'envoy-key-withdrawn',
    title: `behind Envoy: ${keyWithdrawn.title}`,
  }),
  // It takes some two seconds more until it listens.
  dayOf(faults['envoy-away'], 18, {
    name: 'envoy-restarted',
    title: 'Envoy restarted on the same port, down for 20 s',
    lifetimeSeconds: 300,
    withinSeconds: 12,
  }),
  dayOf(faults['envoy-replaced'], drainSeconds, {
    name: 'envoy-drained',
    title: 'Envoy drained (GOAWAY on each connection), another one on the same port',
    lifetimeSeconds: 300,
    withinSeconds: 5,
  }),
  dayOf(faults['upstreams-cut'], 30, {
    name: 'envoy-upstream-down',
    title: 'both upstreams of Envoy down for 30 s',
    lifetimeSeconds: 300,
    startToCloseSeconds: 90,
    // Core repeats a poll that nobody answers after up to 10 s.
    withinSeconds: 15,
  }),
  dayOf(faults['upstream-cut'], 30, {
    name: 'envoy-one-upstream-down',
    title: 'one of two upstreams of Envoy down for 30 s',
    lifetimeSeconds: 300,
    startToCloseSeconds: 90,
    withinSeconds: 5,
  }),
];
