import { mkdir } from 'node:fs/promises';
import { diagnose } from '@worker-auth/temporal-auth';
import { fakeStack, TestCertificateFolder } from '@worker-auth/testing-fakes';
import { nothingToMend } from '../faults/fault.ts';
import { agentFolder, type MonitoredFault } from './monitored-faults.ts';
import {
  type MonitoredWorker,
  type MonitoredWorkerOptions,
  runMonitored,
  runMonitoredAgent,
  runMonitoredProcess,
} from './monitored-worker.ts';

/** A worker that is well, and whose fault can begin. */
export interface FaultyWorker extends AsyncDisposable {
  /** Of the fault. */
  readonly name: string;
  readonly worker: MonitoredWorker;
  /** What the doctor says first, in its place. */
  diagnose(): Promise<string>;
  begin(): Promise<void>;
  /** Mends what was broken. */
  mend(): Promise<void>;
}

/** @param upstream the Temporal before which it gets an OAuth server, a gateway and a sidecar of its own */
export async function startWorkerOf(
  applicationName: string,
  { lifetimeSeconds = 300, worker: workerOptions, fault, ownProcess = false, ...kind }: MonitoredFault,
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
  const inPod = {
    ...env,
    ATLAN_APPLICATION_NAME: applicationName,
    // By an address Node would warn of the name for TLS.
    ...(hasCertificate && { TEMPORAL_ADDRESS: `localhost:${gateway.port}` }),
  };
  const tls = hasCertificate ? folder.files : undefined;
  const worker = started.use(
    await run({ env: inPod, ...(workerOptions && { worker: workerOptions }), ...(tls && { tls }) }),
  );
  let mendFault = nothingToMend;
  const mend = async (): Promise<void> => {
    await mendFault();
  };
  started.defer(mend);
  const resources = started.move();
  return {
    ...{ name: applicationName, worker, mend },
    begin: async () => {
      const end = async (): Promise<void> => worker[Symbol.asyncDispose]();
      const ground = { ...fakes, gateway, folder, end, refresh: worker.refresh };
      mendFault = (await fault?.begin(ground)) ?? nothingToMend;
    },
    diagnose: async () => {
      const { causes, categories } = await diagnose({ env: inPod, ...(tls && { tls }), timeoutMs: 20_000 });
      const checks = categories.flatMap((category) => category.checks);
      const cause = checks.find(({ name }) => name === causes[0]);
      return cause === undefined ? 'none' : String(cause.code);
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
