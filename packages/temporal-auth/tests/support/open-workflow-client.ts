import type { TemporalWorkflowClientOptions } from '../../src/settings/temporal-options.ts';
import { TemporalWorkflowClient } from '../../src/facade/temporal-workflow-client.ts';
import { type FakeClientConnection, fakeClientConnection } from './fake-client-connection.ts';
import { fakeWorkers, type FakeWorkers } from './fake-workers.ts';
import { type FetchedTokens, fetchTokens } from '@worker-auth/calls/tests/fetched-tokens';

/** A client of a token endpoint and a Temporal, both without a server. */
export interface WorkflowClientScene
  extends Omit<FetchedTokens, 'options'>, FakeClientConnection, FakeWorkers, AsyncDisposable {
  readonly client: TemporalWorkflowClient;
}

/** @param options over those of an application named `orders`, whose Temporal is `temporal:7233` */
export function openWorkflowClient(options: TemporalWorkflowClientOptions = {}): WorkflowClientScene {
  const tokens = fetchTokens();
  const client = new TemporalWorkflowClient({
    ...{
      ...tokens.options,
      host: 'temporal',
      namespace: 'ours',
      tls: true,
      bootTimeoutMs: 0,
      newTokenTimeoutMs: 0,
    },
    ...options,
  } as TemporalWorkflowClientOptions);
  return Object.assign(tokens, fakeClientConnection(), fakeWorkers(), {
    client,
    [Symbol.asyncDispose]: () => client.close(),
  });
}
