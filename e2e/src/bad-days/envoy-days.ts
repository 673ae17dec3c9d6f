import { setTimeout as sleep } from 'node:timers/promises';
import type { BadDay, Scene } from './bad-day.ts';
import type { EnvoyGround } from './envoy-ground.ts';
import type { Passthrough } from './passthrough.ts';

type EnvoyScene = Scene<EnvoyGround>;

/** Of an Envoy that drains: it listens no more then. */
const drainMs = 6_000;

/** The bad days behind an Envoy that checks tokens, in the order of the page. */
export const envoyDays: readonly BadDay<EnvoyGround>[] = [
  {
    name: 'envoy-expiry',
    title: 'tokens of 20 s expire four times, a clock skew of 1 s allowed; nothing is refused',
    lifetimeSeconds: 20,
    withinSeconds: { fixed: 5, autoscaling: 5 },
    async happen({ ground: { envoy } }: EnvoyScene): Promise<void> {
      const before = await envoy.refusals();
      await sleep(80_000);
      const refused = (await envoy.refusals()) - before;
      if (refused > 0) throw new Error(`Envoy refused ${refused} calls`);
    },
  },
  {
    name: 'envoy-key-withdrawn',
    title: 'signing key rotated and withdrawn under tokens of 300 s',
    lifetimeSeconds: 300,
    startToCloseSeconds: 30,
    withinSeconds: { fixed: 5, autoscaling: 5 },
    countsFrom: 'refused probe',
    afterSeconds: { control: 130 },
    happen({ ground: { oauth } }: EnvoyScene): Promise<void> {
      oauth.rotateSigningKey({ keepOld: false });
      return Promise.resolve();
    },
  },
  {
    name: 'envoy-restarted',
    title: 'Envoy restarted on the same port, down for 20 s',
    lifetimeSeconds: 300,
    withinSeconds: { fixed: 12, autoscaling: 12 },
    async happen({ ground: { envoy } }: EnvoyScene): Promise<void> {
      await envoy.halt();
      // It takes some two seconds until it listens.
      await sleep(18_000);
      await envoy.restart();
    },
  },
  {
    name: 'envoy-drained',
    title: 'Envoy drained (GOAWAY on each connection), another one on the same port',
    lifetimeSeconds: 300,
    withinSeconds: { fixed: 5, autoscaling: 5 },
    async happen({ ground }: EnvoyScene): Promise<void> {
      const before = await ground.startAnotherEnvoy();
      await before.drain();
      await sleep(drainMs);
      await before.stop();
    },
  },
  {
    name: 'envoy-upstream-down',
    title: 'both upstreams of Envoy down for 30 s',
    lifetimeSeconds: 300,
    startToCloseSeconds: 90,
    // Core repeats a poll that nobody answers after up to 10 s.
    withinSeconds: { fixed: 12, autoscaling: 15 },
    happen: ({ ground: { upstreams } }: EnvoyScene): Promise<void> => cut(upstreams),
  },
  {
    name: 'envoy-one-upstream-down',
    title: 'one of two upstreams of Envoy down for 30 s',
    lifetimeSeconds: 300,
    startToCloseSeconds: 90,
    withinSeconds: { fixed: 5, autoscaling: 5 },
    happen: ({ ground: { upstreams } }: EnvoyScene): Promise<void> => cut(upstreams.slice(1)),
  },
];

/** @throws RangeError when there is none of that name */
export function envoyDayNamed(name: string): BadDay<EnvoyGround> {
  const day = envoyDays.find((known) => known.name === name);
  if (day !== undefined) return day;
  throw new RangeError(`${name} is none of ${envoyDays.map((known) => known.name).join(', ')}`);
}

async function cut(upstreams: readonly Passthrough[]): Promise<void> {
  await Promise.all(upstreams.map((upstream) => upstream.cut()));
  await sleep(30_000);
  await Promise.all(upstreams.map((upstream) => upstream.mend()));
}
