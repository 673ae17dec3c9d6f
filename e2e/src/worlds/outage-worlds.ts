import { atMethods } from '../faults/at-gateway.ts';
import { clockBehind, faults } from '../faults/catalogue.ts';
import { results } from './calls.ts';
import { type Item, items, type TimedFault, type World } from './world.ts';

const base = { lifetimeSeconds: 300, connection: 'plugin', faults: [] } as const;

/** One workflow after another. */
const steady = (count: number): readonly Item[] =>
  Array.from({ length: count }, (_, index) => items(1, 'short', 0.3, 2 * index)).flat();

/** What SIGTERM meets. */
const ends: Readonly<Record<string, readonly TimedFault[]>> = {
  well: [],
  rejected: [{ fault: faults.rejected, fromSeconds: 4, rejectsEveryToken: true }],
  away: [{ fault: faults['temporal-away'], fromSeconds: 4 }],
  'half-open': [{ fault: faults['half-open'], fromSeconds: 4 }],
  'no-token': [
    { fault: faults['provider-silent'], fromSeconds: 4 },
    { fault: faults.rejected, fromSeconds: 4, rejectsEveryToken: true },
  ],
};

/** Worlds with an outage that ours outlasts, whatever becomes of the plain worker. */
export const outageWorlds: readonly World[] = [
  ...(['permissionDenied', 'connectionClosed', 'neverAnswers', 'throttled'] as const).map((fault): World => ({
    ...base,
    name: `results-${fault}`,
    title: 'no result is accepted for 25 s',
    mustComplete: true,
    work: items(40, 'short', 0.3, 2),
    faults: [{ fault: atMethods(results, fault), fromSeconds: 1, forSeconds: 25 }],
  })),
  {
    ...base,
    name: 'features',
    title: 'children, chains, local activities and results of other processes while all is rejected for 10 s',
    lifetimeSeconds: 20,
    mustComplete: true,
    work: (['child', 'again', 'elsewhere', 'large', 'failing'] as const).flatMap((kind) =>
      [1, 5].flatMap((atSeconds) => items(2, kind, 1, atSeconds)),
    ),
    faults: [{ fault: faults.rejected, fromSeconds: 3, forSeconds: 10, rejectsEveryToken: true }],
  },
  {
    ...base,
    name: 'workflow-tasks-rejected',
    title: 'completions of workflow tasks are rejected for 4 s: local activities run again',
    work: [...items(4, 'local', 0.3, 2), ...items(4, 'short', 0.3, 2)],
    faults: [
      {
        fault: atMethods('RespondWorkflowTaskCompleted', 'permissionDenied'),
        ...{ fromSeconds: 1, forSeconds: 4 },
      },
    ],
  },
  {
    ...base,
    name: 'half-open',
    title: 'a firewall forgets the connections that are open, while activities run',
    // The plain worker gives its calls up after a minute.
    mustComplete: true,
    work: items(8, 'short', 5, 2),
    faults: [{ fault: faults['half-open'], fromSeconds: 5 }],
  },
  {
    ...base,
    name: 'frontend-rejects',
    title: 'one of two frontends rejects for 40 s',
    frontends: 2,
    withinSeconds: 25,
    work: steady(25),
    faults: [{ fault: faults.rejected, fromSeconds: 5, forSeconds: 40 }],
  },
  ...[2, 10].flatMap((seconds) =>
    (['plugin', 'user'] as const).map((connection): World => ({
      ...base,
      name: `clock-${seconds}-${connection}`,
      title: `the clock of Temporal is ${seconds} s behind that of the identity provider`,
      connection,
      moreStarts: 2,
      work: items(4, 'short', 0.3),
      faults: [{ fault: clockBehind(seconds) }],
    })),
  ),
  {
    ...base,
    name: 'clock-later',
    title: 'the same by a quarter of the life of a token, once the workers run',
    lifetimeSeconds: 60,
    mustComplete: true,
    withinSeconds: 20,
    work: steady(50),
    faults: [{ fault: clockBehind(15), fromSeconds: 2 }],
  },
  ...Object.entries(ends).map(([name, worldFaults]): World => ({
    ...base,
    name: `terminated-${name}`,
    title: 'SIGTERM comes to runWorker(), which has nothing to do',
    connection: 'supervised',
    work: items(2, 'short', 0.3),
    faults: worldFaults,
    terminateAtSeconds: 8,
  })),
  {
    ...base,
    name: 'terminated-with-results',
    title: 'SIGTERM comes to runWorker() while results are rejected, for good',
    connection: 'supervised',
    work: items(3, 'short', 0.3, 3),
    faults: [{ fault: atMethods(results, 'permissionDenied') }],
    terminateAtSeconds: 7,
  },
];
