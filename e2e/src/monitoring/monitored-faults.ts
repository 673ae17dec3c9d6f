import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { FakeStack, TemporalAuthGateway, TestCertificateFolder } from '@worker-auth/testing-fakes';
import { atMethods } from '../faults/at-gateway.ts';
import { faults } from '../faults/catalogue.ts';
import { type Fault, nothingToMend } from '../faults/fault.ts';
import type { MonitoredWorkerOptions } from './monitored-worker.ts';
import { WorkerBreaker } from './worker-breaker.ts';

/** A worker, the fault that happens to it, and what is said of it. */
export interface MonitoredFault {
  readonly title: string;
  /** The code of the condition that it ends in, else the name of an alert; `undefined`: nothing is said. */
  readonly says?: string;
  /** What may be said on the way there. Default nothing. */
  readonly before?: readonly string[];
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
  /** Ends the worker, or kills its process. */
  readonly end: () => Promise<void>;
  /** Asks for another token. */
  readonly refresh?: (() => Promise<unknown>) | undefined;
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
export const agentFolder = ({ path }: TestCertificateFolder): string => join(path, 'agent');

const folderGone: Fault<FaultGround> = {
  ...{ breaks: 'the folder of the token is gone', back: 'token' },
  begin: async ({ folder }) => {
    const path = agentFolder(folder);
    await rename(path, `${path}-away`);
    return () => mkdir(path, { recursive: true });
  },
};

const { begin: unavailable } = faults['provider-unavailable'];

/** The pod goes away soon after its refreshes began to fail, as in a rollout, an eviction or a kill. */
const podEnds: Fault<FaultGround> = {
  ...faults['provider-unavailable'],
  begin: async (ground) => {
    const mend = await unavailable(ground);
    setTimeout(() => void ground.end(), 16_000);
    return mend;
  },
};

/** By the name of the application, and of its task queue. */
export const monitoredFaults: Readonly<Record<string, MonitoredFault>> = {
  healthy: { title: 'nothing is wrong', ownProcess: true },
  'shut-down': {
    title: 'the pod is shut down while refreshes fail',
    ...{ lifetimeSeconds: 20, fault: podEnds },
  },
  killed: {
    title: 'the pod is killed while refreshes fail',
    lifetimeSeconds: 20,
    ownProcess: true,
    fault: podEnds,
  },
  'oauth-down': {
    title: 'the OAuth server answers 503 until the token has expired',
    ...{ says: 'NO_TOKEN', before: ['TOKEN_NOT_REFRESHED'] },
    lifetimeSeconds: 40,
    fault: faults['provider-unavailable'],
  },
  'oauth-late': {
    title: 'the OAuth server answers 503, and the token is good for an hour',
    says: 'TOKEN_NOT_REFRESHED',
    lifetimeSeconds: 3_600,
    fault: {
      ...faults['provider-unavailable'],
      begin: (ground) => {
        const mend = unavailable(ground);
        void ground.refresh?.().catch(() => undefined);
        return mend;
      },
    },
  },
  'secret-rotated': {
    title: 'the client secret is rotated, and the store has the old one',
    says: 'CLIENT_REJECTED',
    lifetimeSeconds: 20,
    fault: faults['secret-outdated'],
  },
  'secret-store-down': {
    title: 'the client secret is rotated while the sidecar answers 500',
    says: 'CLIENT_REJECTED',
    lifetimeSeconds: 20,
    fault: faults['store-failing'],
  },
  'tokens-revoked': {
    title: 'each token is revoked soon after Temporal accepted it',
    ...{ says: 'TOKENS_REVOKED', before: ['TEMPORAL_REJECTS_TOKEN'] },
    fault: faults['tokens-revoked-again'],
  },
  'token-file-lost': {
    title: "the folder of an agent's token file is gone",
    says: 'TOKEN_FILE_FAILED',
    lifetimeSeconds: 20,
    isAgent: true,
    fault: folderGone,
  },
  'certificate-ends': {
    title: 'the client certificate is not renewed, until it has expired',
    ...{ says: 'CERTIFICATE_EXPIRED', before: ['CERTIFICATE_NOT_RENEWED'] },
    hasCertificate: true,
    fault: certificateEnds,
  },
  'token-rejected': {
    title: 'Temporal rejects good tokens of workers',
    says: 'TEMPORAL_REJECTS_TOKEN',
    fault: faults['workers-rejected'],
  },
  'temporal-down': {
    title: 'Temporal answers UNAVAILABLE',
    says: 'TEMPORAL_UNREACHABLE',
    fault: faults.unavailable,
  },
  'temporal-silent': {
    title: 'Temporal answers nothing',
    says: 'TEMPORAL_UNREACHABLE',
    fault: faults.silent,
  },
  'workers-throttled': {
    title: 'Temporal throttles the calls of workers',
    says: 'TEMPORAL_THROTTLES',
    before: ['TEMPORAL_UNREACHABLE'],
    fault: faults['workers-throttled'],
  },
  'results-denied': {
    title: 'Temporal rejects results of activities alone',
    ...{ says: 'PERMISSION_MISSING', before: ['RESULTS_PENDING', 'WorkerAuthResultsAbandoned'] },
    ownProcess: true,
    fault: atMethods('RespondActivityTaskCompleted', 'permissionDenied'),
  },
  'polls-rejected': {
    title: 'Temporal rejects polls alone, which nobody but its Core sees',
    says: 'WorkerAuthNoSuccessfulPoll',
    ownProcess: true,
    fault: faults['polls-rejected'],
  },
  'worker-fails': { title: 'the worker fails, and each one after it', says: 'WORKER_FAILED', ...broken() },
  'worker-given-up': {
    title: 'the worker fails, and is not replaced again',
    says: 'WORKER_GIVEN_UP',
    ...broken(1),
  },
};
