import { openProxiedScene, type ProxiedScene } from '@worker-auth/calls/tests/proxied-scene';
import { TemporalWorkflowClient } from '../../src/facade/temporal-workflow-client.ts';
import type { TemporalWorkflowClientOptions } from '../../src/settings/temporal-options.ts';

export interface ProxiedClients extends ProxiedScene {
  /** A client with the options of the scene, and these over them. */
  createClient(options: TemporalWorkflowClientOptions): TemporalWorkflowClient;
}

export async function openProxiedClients(
  options?: Parameters<typeof openProxiedScene>[0],
): Promise<ProxiedClients> {
  const scene = await openProxiedScene(options);
  const owned = new AsyncDisposableStack();
  owned.use(scene);
  return {
    ...scene,
    createClient: (given) =>
      owned.use(
        new TemporalWorkflowClient({
          applicationName: 'postgres-extraction',
          ...scene.options,
          ...given,
        } as TemporalWorkflowClientOptions),
      ),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
