import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import {
  fakeStack,
  type FakeStack,
  type TemporalAuthGateway,
  TestCertificateFolder,
} from '@worker-auth/testing-fakes';
import { faults } from '../faults/catalogue.ts';
import { type Fault, nothingToMend } from '../faults/fault.ts';
import {
  type MonitoredWorker,
  type MonitoredWorkerOptions,
  runMonitored,
  runMonitoredAgent,
  runMonitoredProcess,
} from './monitored-worker.ts';
import { WorkerBreaker } from './worker-breaker.ts';

/** A worker, the fault that happens to it, and what is said of it. */
export interface MonitoredFault {
  /** The alerts that are for it. */
  readonly alerts: readonly string[];
  /** Others, that may fire as well, since one thing leads to another. Default none. */
  readonly consequences?: readonly string[];
  /** Of the tokens. Default 300. */
  readonly lifetimeSeconds?: number;
  readonly worker?: MonitoredWorkerOptions['worker'];
  /** Whether the worker has a process of its own, with the metrics of Temporal Core. Default false. */
  readonly ownProcess?: boolean;
  /** Whether it is no worker, but an agent. Default false. */
  readonly isAgent?: boolean;
  /** Whether the worker has a client certificate, and TLS. Default false. */
  readonly hasCertificate?: boolean;
  /** Default none. */
  readonly fault?: Fault<FaultGround>;
}

/** What the worker of a fault rests on, and no other's does. */
export interface FaultGround extends Pick<FakeStack, 'oauth' | 'dapr'> {
  readonly gateway: TemporalAuthGateway;
  /** Of the client certificate, which only a worker with `hasCertificate` presents. */
  readonly folder: TestCertificateFolder;
}

/** A worker that fails for good, with no server to blame. */
function broken(maxConsecutiveFailures?: number): Pick<MonitoredFault, 'worker' | 'fault'> {
  const breaker = new WorkerBreaker();
  return {
    worker: { plugins: [breaker.plugin], ...(maxConsecutiveFailures && { maxConsecutiveFailures }) },
    fault: {
      ...{ breaks: 'the worker itself', back: 'workflow' },
      begin: () => {
        breaker.break();
        return nothingToMend;
      },
    },
  };
}

/** Whoever renews the certificate writes one that ends soon, and then no other. */
const certificateEnds: Fault<FaultGround> = {
  ...{ breaks: 'the client certificate is not renewed', back: 'workflow' },
  begin: async ({ folder }) => {
    await folder.issue({ notAfter: new Date(Date.now() + 40_000) });
    return nothingToMend;
  },
};

/** Where an agent writes its token. */
const agentFolder = ({ path }: TestCertificateFolder): string => join(path, 'agent');

const folderGone: Fault<FaultGround> = {
  ...{ breaks: 'the folder of the token is gone', back: 'token' },
  begin: async ({ folder }) => {
    const path = agentFolder(folder);
    await rename(path, `${path}-away`);
    return () => mkdir(path, { recursive: true });
  },
};

/** By the name of the application, and of its task queue. Each alert has one that is for it; the first is none. */
export const monitoredFaults: Readonly<Record<string, MonitoredFault>> = {
  healthy: { alerts: [], ownProcess: true },
  'oauth-down': {
    alerts: ['WorkerAuthTokenExpiresSoon', 'WorkerAuthNoToken'],
    lifetimeSeconds: 45,
    fault: faults['provider-unavailable'],
  },
  'secret-rotated': {
    alerts: ['WorkerAuthCredentialsRejected'],
    consequences: ['WorkerAuthTokenExpiresSoon', 'WorkerAuthNoToken'],
    lifetimeSeconds: 20,
    fault: faults['secret-outdated'],
  },
  'secret-store-down': {
    alerts: ['WorkerAuthCredentialsUnreadable'],
    consequences: ['WorkerAuthCredentialsRejected', 'WorkerAuthTokenExpiresSoon', 'WorkerAuthNoToken'],
    lifetimeSeconds: 10,
    fault: faults['store-failing'],
  },
  'tokens-revoked': {
    alerts: ['WorkerAuthTokensRevoked'],
    consequences: ['WorkerAuthTokenRejected'],
    fault: faults['tokens-revoked-again'],
  },
  'token-file-lost': {
    alerts: ['WorkerAuthTokenFileFailed'],
    lifetimeSeconds: 20,
    isAgent: true,
    fault: folderGone,
  },
  'certificate-ends': {
    alerts: ['WorkerAuthCertificateExpiresSoon', 'WorkerAuthCertificateExpired'],
    hasCertificate: true,
    fault: certificateEnds,
  },
  'token-rejected': { alerts: ['WorkerAuthTokenRejected'], fault: faults['workers-rejected'] },
  'temporal-down': { alerts: ['WorkerAuthTemporalUnreachable'], fault: faults.unavailable },
  'workers-throttled': {
    alerts: ['WorkerAuthThrottled'],
    // Core repeats a throttled probe, until its time is over.
    consequences: ['WorkerAuthTemporalUnreachable', 'WorkerAuthNoSuccessfulPoll'],
    ownProcess: true,
    fault: faults['workers-throttled'],
  },
  'connections-refused': {
    alerts: ['WorkerAuthConnectionsReplaced'],
    consequences: ['WorkerAuthTokensRevoked', 'WorkerAuthTokenRejected'],
    fault: faults['connections-refused'],
  },
  'polls-rejected': {
    alerts: ['WorkerAuthNoSuccessfulPoll'],
    consequences: ['WorkerAuthTokenRejected'],
    ownProcess: true,
    fault: faults['workers-rejected'],
  },
  'worker-fails': {
    alerts: ['WorkerAuthWorkerRestarts'],
    consequences: ['WorkerAuthNoWorkerRuns'],
    ...broken(),
  },
  'worker-given-up': { alerts: ['WorkerAuthNoWorkerRuns'], ...broken(1) },
};

/** A worker that is well, and whose fault can begin. */
export interface FaultyWorker extends AsyncDisposable {
  /** Of the fault. */
  readonly name: string;
  readonly targets: MonitoredWorker['targets'];
  begin(): Promise<void>;
  /** Mends what was broken. */
  mend(): Promise<void>;
}

/** @param upstream the Temporal before which it gets an OAuth server, a gateway and a sidecar of its own */
export async function startWorkerOf(
  applicationName: string,
  { lifetimeSeconds = 300, worker, fault, ownProcess = false, ...kind }: MonitoredFault,
  upstream: string,
): Promise<FaultyWorker> {
  const { isAgent = false, hasCertificate = false } = kind;
  await using started = new AsyncDisposableStack();
  const folder = started.use(await TestCertificateFolder.create());
  if (isAgent) await mkdir(agentFolder(folder));
  if (hasCertificate) await folder.issue();
  const gatewayOptions = hasCertificate ? { gateway: { tls: true } } : {};
  const fakes = started.use(
    await fakeStack({ applicationName, upstream, oauth: { lifetimeSeconds }, ...gatewayOptions }),
  );
  const { env, gateway } = fakes;
  if (gateway === undefined) throw new Error('No gateway stands before Temporal');
  const run = isAgent
    ? (options: MonitoredWorkerOptions) => runMonitoredAgent(options, agentFolder(folder))
    : ownProcess
      ? runMonitoredProcess
      : runMonitored;
  const { targets } = started.use(
    await run({
      env: {
        ...env,
        ATLAN_APPLICATION_NAME: applicationName,
        // By an address Node would warn of the name for TLS.
        ...(hasCertificate && { ATLAN_WORKFLOW_HOST: 'localhost' }),
      },
      ...(worker && { worker }),
      ...(hasCertificate && { tls: folder.files }),
    }),
  );
  let mendFault = nothingToMend;
  const mend = async (): Promise<void> => {
    await mendFault();
  };
  started.defer(mend);
  const resources = started.move();
  return {
    ...{ name: applicationName, targets, mend },
    begin: async () => {
      mendFault = (await fault?.begin({ ...fakes, gateway, folder })) ?? nothingToMend;
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
