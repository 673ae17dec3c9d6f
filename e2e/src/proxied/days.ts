import type { Place } from './ground.ts';
import type { SteadyOptions } from './steady-load.ts';

/** A bad day of plain workers. */
export interface ProxiedDay {
  readonly title: string;
  readonly forMs: number;
  /** In it no worker stands still for longer. */
  readonly stallMs?: number;
  readonly frontends?: number;
  readonly load?: Pick<SteadyOptions, 'seconds' | 'heartbeatSeconds'>;
  /** Begins the fault; returns what ends it. */
  readonly begin: (place: Place) => () => unknown;
}

/** What reports an activity's result. */
export const results = [
  'RespondActivityTaskCompleted',
  'RespondActivityTaskFailed',
  'RespondActivityTaskCanceled',
];

const reject =
  (methods?: readonly string[]) =>
  ({ gateways }: Place) => {
    for (const gateway of gateways) gateway.failWith('permissionDenied', methods);
    return () => {
      for (const gateway of gateways) gateway.recover();
    };
  };

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
    begin: ({ gateways: [gateway] }: Place) => {
      gateway?.failWith('permissionDenied');
      return () => gateway?.recover();
    },
  },
  {
    title: 'old key withdrawn',
    forMs: 20_000,
    begin: ({ oauth }: Place) => {
      oauth.rotateSigningKey({ keepOld: false });
      return () => undefined;
    },
  },
  {
    // What is open stays so, and nothing comes through any more.
    title: 'connections half-open',
    forMs: 20_000,
    stallMs: 10_000,
    begin: ({ network }: Place) => {
      network.forget();
      return () => undefined;
    },
  },
  {
    title: 'Temporal away 40 s',
    forMs: 40_000,
    begin: ({ network }: Place) => {
      const cut = network.cut();
      return () => cut.then(() => network.mend());
    },
  },
];
