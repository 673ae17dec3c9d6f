import type { Place, ProxiedGround } from './ground.ts';
import type { SteadyOptions } from './steady-load.ts';

/** A bad day of plain workers. */
export interface ProxiedDay {
  readonly title: string;
  readonly forMs: number;
  /** In it no worker stands still for longer. */
  readonly stallMs?: number;
  /** After it a worker is back sooner. Default 15 s: many times what a quiet machine needs. */
  readonly backMs?: number;
  readonly frontends?: number;
  readonly restartsTemporal?: boolean;
  readonly load?: Pick<SteadyOptions, 'everyMs' | 'seconds' | 'heartbeatSeconds'>;
  /** Begins the fault in all places; returns what ends it. */
  readonly begin: (places: readonly Place[], ground: ProxiedGround) => () => unknown;
}

/** What reports an activity's result. */
export const results = [
  'RespondActivityTaskCompleted',
  'RespondActivityTaskFailed',
  'RespondActivityTaskCanceled',
];

const each =
  (begin: (place: Place) => () => unknown): ProxiedDay['begin'] =>
  (places) => {
    const ends = places.map(begin);
    return () => Promise.all(ends.map((end) => end()));
  };

const reject = (methods?: readonly string[]) =>
  each(({ gateways }) => {
    for (const gateway of gateways) gateway.failWith('permissionDenied', methods);
    return () => {
      for (const gateway of gateways) gateway.recover();
    };
  });

export const rejectedFor = (ms: number): ProxiedDay => ({
  title: `all rejected ${ms / 1_000} s`,
  forMs: ms,
  begin: reject(),
});

export const days: readonly ProxiedDay[] = [
  rejectedFor(90_000),
  { title: 'results rejected 30 s', forMs: 30_000, begin: reject(results) },
  {
    title: 'results rejected 30 s, heartbeat timeout 4 s',
    forMs: 30_000,
    load: { seconds: 1, heartbeatSeconds: 4 },
    begin: reject(results),
  },
  {
    title: 'one of two frontends rejects 40 s',
    forMs: 40_000,
    frontends: 2,
    begin: each(({ gateways: [gateway] }) => {
      gateway?.failWith('permissionDenied');
      return () => gateway?.recover();
    }),
  },
  {
    title: 'old key withdrawn',
    forMs: 20_000,
    begin: each(({ oauth }) => {
      oauth.rotateSigningKey({ keepOld: false });
      return () => undefined;
    }),
  },
  {
    // What is open stays so, and nothing comes through any more.
    title: 'connections half-open',
    forMs: 20_000,
    stallMs: 10_000,
    begin: each(({ network }) => {
      network.forget();
      return () => undefined;
    }),
  },
  {
    title: 'Temporal away 40 s',
    forMs: 40_000,
    begin: each(({ network }) => {
      const cut = network.cut();
      return () => cut.then(() => network.mend());
    }),
  },
  {
    // What is under way on a connection goes on, and nothing new.
    title: 'GOAWAY each 2 s for 30 s',
    forMs: 30_000,
    stallMs: 4_000,
    begin: each(({ gateways }) => {
      const timer = setInterval(() => {
        for (const gateway of gateways) gateway.injectFault('goAway');
      }, 2_000);
      return () => {
        clearInterval(timer);
      };
    }),
  },
  {
    // It needs some seconds until it hands out tasks, the more of them wait for it.
    title: 'Temporal restarted, down for 10 s',
    forMs: 10_000,
    backMs: 30_000,
    restartsTemporal: true,
    load: { everyMs: 2_000 },
    begin: (_places: readonly Place[], { temporal }: ProxiedGround) => {
      const halted = temporal.halt();
      return () => halted.then(() => temporal.restart());
    },
  },
];
