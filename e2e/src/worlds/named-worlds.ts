import { atMethods, atTasks, inNamespace } from '../faults/at-gateway.ts';
import { slowProvider } from '../faults/at-provider.ts';
import { twin } from '../faults/at-tokens.ts';
import { faults } from '../faults/catalogue.ts';
import { results } from './calls.ts';
import { outageWorlds } from './outage-worlds.ts';
import { standInWorlds } from './stand-in-worlds.ts';
import { type Item, items, secondNamespace, type World } from './world.ts';

const base = { lifetimeSeconds: 300, connection: 'plugin', work: items(8, 'short', 0.3) } as const;
const completed = 'RespondActivityTaskCompleted';
const noRoute = { httpStatus: 404, body: 'Not found' };
const denied = (method: string) => [{ fault: atMethods(method, 'permissionDenied'), noTokenHelps: true }];
const secondRejected = inNamespace(secondNamespace, 'permissionDenied');
const inBoth = (work: readonly Item[]): readonly Item[] =>
  work.flatMap((item) => [item, { ...item, namespace: secondNamespace }]);

/** Worlds that broke a law once, each as small as it still did; others with one call rejected or late, one of two namespaces rejected, or a twin. */
export const namedWorlds: readonly World[] = [
  {
    ...base,
    name: 'heartbeat-denied',
    title: 'the authorizer permits all but RecordWorkerHeartbeat',
    work: [...base.work, ...items(2, 'short', 0.3, 20)],
    faults: denied('RecordWorkerHeartbeat'),
  },
  {
    ...base,
    name: 'heartbeat-denied-user',
    title: 'the same over a connection of the user',
    connection: 'user',
    work: [...base.work, ...items(2, 'short', 0.3, 20)],
    faults: denied('RecordWorkerHeartbeat'),
  },
  {
    ...base,
    name: 'heartbeat-without-route',
    title: 'a proxy has no route for RecordWorkerHeartbeat, and answers with a page',
    work: [...base.work, ...items(2, 'short', 0.3, 30)],
    faults: [{ fault: atMethods('RecordWorkerHeartbeat', noRoute) }],
  },
  {
    ...base,
    name: 'throttled',
    title: 'the namespace is at its limit for 20 s: every other call of the workers is RESOURCE_EXHAUSTED',
    work: [0, 5, 10, 15].flatMap((atSeconds) => items(6, 'short', 0.3, atSeconds)),
    faults: [{ fault: faults.throttled, fromSeconds: 1, forSeconds: 20 }],
  },
  {
    ...base,
    name: 'slow-completions',
    title: 'each result reaches Temporal after 12 s',
    faults: [{ fault: atMethods(completed, { delayMs: 12_000 }) }],
  },
  {
    ...base,
    name: 'slow-completion-responses',
    title: 'each result is acknowledged after 12 s',
    faults: [{ fault: atMethods(completed, { responseDelayMs: 12_000 }) }],
  },
  {
    ...base,
    name: 'first-token-never',
    title: 'the first token of each process is never accepted, the second one at once',
    moreStarts: 3,
    // A second token comes after 10 s and these.
    faults: [{ fault: faults['first-token-rejected'] }, { fault: slowProvider(3) }],
  },
  {
    ...base,
    name: 'results-rejected',
    title: 'every other result is rejected twice',
    work: [
      ...items(6, 'short', 0.3),
      ...items(2, 'failing', 0.3),
      ...items(2, 'large', 0.3),
      ...items(2, 'cancelled', 1),
    ],
    faults: [{ fault: atTasks(results, 'permissionDenied', { everyNth: 2, calls: 2 }) }],
  },
  ...(
    [
      ['completions-without-route', 'a proxy has no route for results', { status: 'UNIMPLEMENTED' }],
      ['completions-at-failover', 'results meet a failover', { status: 'FAILED_PRECONDITION' }],
      [
        'completions-without-namespace',
        'a frontend does not know the namespace of results yet',
        { status: 'NOT_FOUND', message: 'Namespace default is not found.' },
      ],
    ] as const
  ).map(([name, title, fault]) => ({
    ...{ ...base, name, title: `${title} for 4 s`, work: items(8, 'short', 1, 1) },
    faults: [{ fault: atMethods(completed, fault), fromSeconds: 1, forSeconds: 4 }],
  })),
  {
    ...base,
    name: 'terminated-while-rejected',
    title: 'SIGTERM comes while every call is rejected',
    work: items(6, 'short', 2, 3),
    faults: [{ fault: faults.rejected, fromSeconds: 4, forSeconds: 8, rejectsEveryToken: true }],
    terminateAtSeconds: 7,
  },
  {
    ...base,
    name: 'few-streams',
    title: 'a connection has room for 30 calls at once',
    work: [...items(30, 'short', 1), ...items(6, 'beating', 3)],
    maxStreams: 30,
    faults: [],
  },
  {
    ...base,
    name: 'slow-heartbeats',
    title: 'RecordWorkerHeartbeat, which no activity needs, is answered after 12 s',
    work: [...base.work, ...items(2, 'short', 0.3, 20)],
    faults: [{ fault: atMethods('RecordWorkerHeartbeat', { delayMs: 12_000 }) }],
  },
  {
    ...base,
    name: 'slow-heartbeats-later',
    title: 'the same once the workers run',
    work: [...base.work, ...items(2, 'short', 0.3, 24)],
    faults: [{ fault: atMethods('RecordWorkerHeartbeat', { delayMs: 19_000 }), fromSeconds: 1 }],
  },
  {
    ...base,
    name: 'namespace-rejected',
    title: 'one of two namespaces is rejected for 20 s',
    work: inBoth([2, 8, 14, 26].flatMap((atSeconds) => items(3, 'short', 0.5, atSeconds))),
    faults: [{ fault: secondRejected, fromSeconds: 4, forSeconds: 20, noTokenHelps: true }],
  },
  {
    ...base,
    name: 'namespace-rejected-results',
    title: 'one of two namespaces is rejected for 60 s while its results are due',
    work: [...inBoth(items(6, 'short', 2, 3)), ...inBoth(items(3, 'short', 0.3, 70))],
    faults: [{ fault: secondRejected, fromSeconds: 4, forSeconds: 60, noTokenHelps: true }],
  },
  {
    ...base,
    name: 'namespace-never',
    title: 'one of two namespaces is always rejected',
    work: inBoth(base.work),
    faults: [{ fault: secondRejected, noTokenHelps: true }],
  },
  {
    ...base,
    name: 'namespace-heartbeat-denied',
    title: 'the authorizer permits all but RecordWorkerHeartbeat in one of two namespaces',
    connection: 'user',
    work: inBoth([...base.work, ...items(2, 'short', 0.3, 20)]),
    faults: [
      { fault: atMethods('RecordWorkerHeartbeat', 'permissionDenied', secondNamespace), noTokenHelps: true },
    ],
  },
  {
    ...base,
    name: 'twin',
    title:
      'another process with the same client id logs in every 10 s, and the server keeps one token a client',
    work: [0, 10, 20, 30, 40].flatMap((atSeconds) => items(3, 'short', 2, atSeconds)),
    faults: [{ fault: twin(10), fromSeconds: 0 }],
  },
  ...(['GetSystemInfo', 'DescribeNamespace'] as const).flatMap((method) =>
    [12, 20].map((seconds): World => ({
      ...base,
      name: `slow-${method}-${seconds}`,
      title: `${method} is answered after ${seconds} s`,
      faults: [{ fault: atMethods(method, { delayMs: seconds * 1_000 }) }],
    })),
  ),
  {
    ...base,
    name: 'denied-RespondActivityTaskFailed',
    title: 'the authorizer permits all but RespondActivityTaskFailed',
    work: [...base.work, ...items(2, 'failing', 0.3), ...items(2, 'short', 0.3, 75)],
    faults: denied('RespondActivityTaskFailed'),
  },
  ...[
    'GetWorkflowExecutionHistory',
    'RecordActivityTaskHeartbeat',
    'ShutdownWorker',
    'DescribeNamespace',
    'GetSystemInfo',
    'RespondWorkflowTaskFailed',
  ].map((method): World => ({
    ...base,
    name: `denied-${method}`,
    title: `the authorizer permits all but ${method}`,
    work: [...base.work, ...items(2, 'beating', 4), ...items(1, 'large', 0.2)],
    faults: denied(method),
  })),
  ...standInWorlds,
  ...outageWorlds,
];

/** Those of the gate, which a user would feel most. */
export const gateWorlds = ['results-rejected', 'terminated-while-rejected'].map(worldNamed);

/** The shortest of the others, one of a kind. */
export const shortWorlds = [
  ...['heartbeat-denied', 'heartbeat-denied-user', 'slow-completions', 'first-token-never'],
  ...['few-streams', 'slow-GetSystemInfo-12'],
].map(worldNamed);

/** @throws RangeError when there is none */
function worldNamed(name: string): World {
  const world = namedWorlds.find((one) => one.name === name);
  if (world === undefined) throw new RangeError(`No world is named ${name}`);
  return world;
}

/** The world for a worker behind the agent's proxy. */
export function behindProxy(world: World): World {
  return { ...world, name: `${world.name}-proxy`, connection: 'proxy' };
}
