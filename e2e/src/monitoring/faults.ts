import { FakeDaprSidecar, type MockOAuthServer } from '@worker-auth/testing-fakes';
import {
  credentialsInEnvironment,
  type GuardedTemporal,
  guardTemporal,
} from '../fixtures/guarded-temporal.ts';
import {
  type MonitoredWorker,
  type MonitoredWorkerOptions,
  runMonitored,
  runMonitoredProcess,
} from './monitored-worker.ts';
import { WorkerBreaker } from './worker-breaker.ts';

/** What a worker does to Temporal: polls, and what it has to tell. Those who start workflows are let through. */
const workerCalls = [
  ...['PollWorkflowTaskQueue', 'PollActivityTaskQueue', 'PollNexusTaskQueue', 'RecordWorkerHeartbeat'],
  ...['RespondWorkflowTaskCompleted', 'RespondWorkflowTaskFailed', 'RespondActivityTaskCompleted'],
];

/** Pollers that a refusal of a minute would end. */
const fixedPollers = {
  workflowTaskPollerBehavior: { type: 'simple-maximum' },
  activityTaskPollerBehavior: { type: 'simple-maximum' },
  nexusTaskPollerBehavior: { type: 'simple-maximum' },
} as const;

/** Something that goes wrong, and the worker that it happens to. */
export interface Fault {
  /** The alerts that are for it. */
  readonly alerts: readonly string[];
  /** Others, that may fire as well, since one thing leads to another. Default none. */
  readonly consequences?: readonly string[];
  /** Of the tokens. Default 300. */
  readonly lifetimeSeconds?: number;
  readonly worker?: MonitoredWorkerOptions['worker'];
  /** Whether the worker has a process of its own, with the metrics of Temporal Core. Default false. */
  readonly ownProcess?: boolean;
  readonly begin: (ground: FaultGround) => unknown;
}

/** What the worker of a fault rests on, and no other's does. */
export interface FaultGround {
  readonly temporal: GuardedTemporal;
  readonly sidecar: FakeDaprSidecar;
}

const [failing, givenUp] = [new WorkerBreaker(), new WorkerBreaker()];

/** By the name of the application, and of its task queue. Each alert has one that is for it; the first is none. */
export const faults: Readonly<Record<string, Fault>> = {
  healthy: { alerts: [], lifetimeSeconds: 20, ownProcess: true, begin: () => undefined },
  'oauth-down': {
    alerts: ['WorkerAuthTokenExpiresSoon', 'WorkerAuthNoToken'],
    lifetimeSeconds: 45,
    begin: ({ temporal }) => {
      temporal.oauth.failWith('unavailable503');
    },
  },
  'secret-rotated': {
    alerts: ['WorkerAuthCredentialsRejected'],
    consequences: ['WorkerAuthTokenExpiresSoon', 'WorkerAuthNoToken'],
    lifetimeSeconds: 20,
    begin: ({ temporal }) => temporal.oauth.rotateClientSecret(),
  },
  'secret-store-down': {
    alerts: ['WorkerAuthCredentialsUnreadable'],
    consequences: ['WorkerAuthCredentialsRejected', 'WorkerAuthTokenExpiresSoon', 'WorkerAuthNoToken'],
    lifetimeSeconds: 10,
    // Credentials that are not refused are not read again.
    begin: ({ temporal, sidecar }) => {
      temporal.oauth.rotateClientSecret();
      sidecar.failWith({ status: 500, body: '' });
    },
  },
  'token-refused': {
    alerts: ['WorkerAuthTokenRefused', 'WorkerAuthWorkersParked'],
    worker: { parking: true, ...fixedPollers },
    begin: ({ temporal }) => {
      temporal.gateway.failWith('permissionDenied', workerCalls);
    },
  },
  'temporal-down': {
    alerts: ['WorkerAuthTemporalUnreachable'],
    begin: ({ temporal }) => {
      temporal.gateway.failWith('unavailable');
    },
  },
  'polls-refused': {
    alerts: ['WorkerAuthNoSuccessfulPoll'],
    consequences: ['WorkerAuthTokenRefused'],
    ownProcess: true,
    begin: ({ temporal }) => {
      temporal.gateway.failWith('permissionDenied', workerCalls);
    },
  },
  'worker-fails': {
    alerts: ['WorkerAuthWorkerRestarts'],
    consequences: ['WorkerAuthNoWorkerRuns'],
    worker: { plugins: [failing.plugin] },
    begin: () => {
      failing.break();
    },
  },
  'worker-given-up': {
    alerts: ['WorkerAuthNoWorkerRuns'],
    worker: { plugins: [givenUp.plugin], maxConsecutiveFailures: 1 },
    begin: () => {
      givenUp.break();
    },
  },
};

/** A worker that is well, and whose fault can begin. */
export interface FaultyWorker extends AsyncDisposable {
  /** Of the fault. */
  readonly name: string;
  readonly targets: MonitoredWorker['targets'];
  begin(): void;
  /** Temporal takes the token again, and can be reached. */
  recover(): void;
}

/** @param upstream the Temporal before which it gets an OAuth server, a gateway and a sidecar of its own */
export async function startWorkerOf(name: string, fault: Fault, upstream: string): Promise<FaultyWorker> {
  await using started = new AsyncDisposableStack();
  const temporal = started.use(await guardTemporal(upstream, fault.lifetimeSeconds));
  const sidecar = started.use(await sidecarWith(temporal.oauth, name));
  const env = {
    ...temporal.env,
    ATLAN_APPLICATION_NAME: name,
    DAPR_HTTP_ENDPOINT: sidecar.url,
  };
  const run = fault.ownProcess === true ? runMonitoredProcess : runMonitored;
  const { targets } = started.use(await run({ env, ...(fault.worker && { worker: fault.worker }) }));
  const recover = (): void => {
    temporal.gateway.recover();
  };
  started.defer(recover);
  const resources = started.move();
  return {
    ...{ name, targets, recover },
    begin: () => {
      fault.begin({ temporal, sidecar });
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

function sidecarWith(oauth: MockOAuthServer, name: string): Promise<FakeDaprSidecar> {
  const credentials = Object.entries(credentialsInEnvironment(oauth, name.replaceAll('-', '_')));
  const secret = Object.fromEntries(credentials.map(([key, value]) => [key.replace('ATLAN_', ''), value]));
  const type = 'secretstores.hashicorp.vault';
  const secrets = { 'atlan-deployment-secrets': secret };
  return FakeDaprSidecar.start({ components: [{ name: 'deployment-secret-store', type, secrets }] });
}
