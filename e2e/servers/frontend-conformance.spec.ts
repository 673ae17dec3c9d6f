import '../src/fixtures/runtime-log.ts';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Worker } from '@temporalio/worker';
import { startTemporalDevServer } from '@worker-auth/servers';
import { FakeTemporalFrontend } from '@worker-auth/testing-fakes';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../src/fixtures/describe-with.ts';
import { activities } from '../src/frontend-conformance/activities.ts';

const taskQueue = 'conformance';
const apiKey = 'any';
const workflowIds = /[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/g;

/** The names and messages of an error and of all that stands behind it. */
function describeError(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return error === undefined ? [] : [typeof error];
  const { name, message, cause } = error;
  const type = 'type' in error ? ` (${String(error.type)})` : '';
  const retryState = 'retryState' in error ? ` [${String(error.retryState)}]` : '';
  return [`${name}${type}${retryState}: ${message.replaceAll(workflowIds, '<id>')}`, ...describeError(cause)];
}

function settled(promise: Promise<unknown>): Promise<unknown> {
  return promise.catch((error: unknown) => ({ error: describeError(error) }));
}

/** The end of a workflow, its status, and the kinds of all events of its history. */
async function run(
  client: Client,
  type: string,
  args: readonly unknown[] = [],
  meanwhile: (handle: WorkflowHandle) => Promise<void> = () => Promise.resolve(),
): Promise<unknown> {
  const handle = await client.workflow.start(type, { taskQueue, workflowId: type, args: [...args] });
  // Then it waits.
  await expect.poll(async () => (await handle.fetchHistory()).events?.length).toBeGreaterThanOrEqual(4);
  await meanwhile(handle);
  const end = await settled(handle.result());
  const { status } = await handle.describe();
  const { events } = await handle.fetchHistory();
  return { end, status: status.name, events: (events ?? []).map(({ eventType }) => Number(eventType)) };
}

function lackingRequests(client: Client): readonly Promise<unknown>[] {
  const { workflowService } = client;
  const start = { namespace: 'default', workflowId: 'w', requestId: 'r', taskQueue: { name: taskQueue } };
  return [
    workflowService.startWorkflowExecution({ ...start, workflowId: '' }),
    workflowService.startWorkflowExecution({ ...start, workflowType: { name: 'plain' }, taskQueue: null }),
    workflowService.startWorkflowExecution(start),
    workflowService.describeNamespace({}),
    client.withDeadline(Date.now() + 10_000, () =>
      workflowService.pollActivityTaskQueue({ namespace: 'default' }),
    ),
    workflowService.recordWorkerHeartbeat({ namespace: 'default', workerHeartbeat: [] }),
  ];
}

const scenarios: Readonly<Record<string, (client: Client) => Promise<unknown>>> = {
  'a result': (client) => run(client, 'plain', [1]),
  'a failure': (client) => run(client, 'fails'),
  'the result of an activity': (client) => run(client, 'callsActivity', ['a']),
  'an activity that succeeds at its third attempt': (client) => run(client, 'callsFlaky'),
  'an activity that fails at all attempts': (client) => run(client, 'callsFailing'),
  'an activity that takes too long': (client) => run(client, 'callsSlow'),
  'an activity without a heartbeat': (client) => run(client, 'callsSilent'),
  'an activity that goes on from its last heartbeat': (client) => run(client, 'callsResumed'),
  'an activity whose error is not to be retried': (client) => run(client, 'callsNotTwice'),
  'a timer': (client) => run(client, 'sleeps'),
  'a timer that fires before its condition is true': (client) => run(client, 'waitsInVain'),
  'a signal, which ends a timer': (client) =>
    run(client, 'waitsForSignal', [], (handle) => handle.signal('approve', 'Ann')),
  'a signal for a workflow that has ended': async (client) => {
    const handle = await client.workflow.start('plain', { taskQueue, workflowId: 'ended', args: [1] });
    await handle.result();
    return await settled(handle.signal('approve', 'Ann'));
  },
  'a namespace that there is not': async ({ connection, workflowService }) => {
    const elsewhere = new Client({ connection, namespace: 'nowhere' });
    const handle = elsewhere.workflow.getHandle('one');
    const starting = elsewhere.workflow.start('plain', { taskQueue, workflowId: 'one', args: [1] });
    const described = workflowService.describeNamespace({ namespace: 'nowhere' });
    return await Promise.all([starting, handle.describe(), handle.result(), described].map(settled));
  },
  'requests that lack something': async (client) => await Promise.all(lackingRequests(client).map(settled)),
  'a workflow that there is not': async (client) => {
    const nobody = client.workflow.getHandle('nobody');
    return await Promise.all([nobody.describe(), nobody.result()].map(settled));
  },
};

await describeWith(['temporal-cli'], 'the fake frontend does what a real server does:', () => {
  const opened = new AsyncDisposableStack();
  let clients: readonly Client[] = [];

  /** A worker at the server, and the client that asks for work. */
  async function open(
    address: string,
    workflowBundle: Awaited<ReturnType<typeof bundleWorkflowCode>>,
  ): Promise<Client> {
    const native = await NativeConnection.connect({ address, apiKey, tls: false });
    opened.defer(() => native.close());
    const connection = await Connection.connect({ address, apiKey, tls: false });
    opened.defer(() => connection.close());
    const worker = await Worker.create({ connection: native, taskQueue, workflowBundle, activities });
    const running = worker.run();
    opened.defer(async () => {
      worker.shutdown();
      await running;
    });
    return new Client({ connection });
  }

  beforeAll(async () => {
    const workflowsPath = fileURLToPath(new URL('../src/frontend-conformance/workflows.ts', import.meta.url));
    const bundle = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
    const real = opened.use(await startTemporalDevServer());
    const fake = opened.use(await FakeTemporalFrontend.start({ acceptToken: [apiKey] }));
    clients = [await open(real.address, bundle), await open(fake.address, bundle)];
  });
  afterAll(() => opened.disposeAsync());

  it.concurrent.each(Object.entries(scenarios))('%s', async (_name, scenario) => {
    const [real, fake] = await Promise.all(clients.map(scenario));
    expect(fake).toEqual(real);
  });

  it('and refuses in one line what it does not have, so that nothing waits for it', async () => {
    const fake = clients[1] as Client;
    const instead =
      'Use a Temporal server for it, such as TestWorkflowEnvironment.createLocal() of @temporalio/testing';
    expect(await run(fake, 'callsChild')).toMatchObject({
      end: {
        error: [
          'WorkflowFailedError [RETRY_POLICY_NOT_SET]: Workflow execution failed',
          `ServerFailure: FakeTemporalFrontend does not have the command startChildWorkflowExecution. ${instead}`,
        ],
      },
    });
    const { workflow } = fake;
    const handle = workflow.getHandle('callsChild');
    const calls = {
      QueryWorkflow: () => handle.query('any'),
      RequestCancelWorkflowExecution: () => handle.cancel(),
      TerminateWorkflowExecution: () => handle.terminate(),
      UpdateWorkflowExecution: () => handle.executeUpdate('any'),
      ListWorkflowExecutions: () => workflow.list()[Symbol.asyncIterator]().next(),
      CountWorkflowExecutions: () => workflow.count(),
      SignalWithStartWorkflowExecution: () =>
        workflow.signalWithStart('plain', { taskQueue, workflowId: 'two', signal: 'any' }),
    };
    for (const [name, call] of Object.entries(calls)) {
      const said = (await settled(call())) as { readonly error: readonly string[] };
      expect(said.error.join()).toContain(`FakeTemporalFrontend does not have ${name}. ${instead}`);
    }
  });
});
