import { createNexusServiceClient, proxyLocalActivities } from '@temporalio/workflow';
import { operation, service } from 'nexus-rpc';

const { local } = proxyLocalActivities<{ local(id: string): Promise<string> }>({
  startToCloseTimeout: '1 minute',
});

/** Operations of a worker. */
export const echoes = service('echoes', {
  echo: operation<string, string>(),
  run: operation<string, string>(),
});

/** A workflow of one local activity. */
export async function localActivity(id: string): Promise<string> {
  return local(id);
}

/** A workflow that calls an operation. */
export async function nexusOperation(name: 'echo' | 'run', id: string, endpoint: string): Promise<string> {
  return createNexusServiceClient({ endpoint, service: echoes }).executeOperation(name, id);
}
