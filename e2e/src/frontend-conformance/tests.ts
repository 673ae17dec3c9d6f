import { Client, Connection } from '@temporalio/client';
import { startTemporalDevServer } from '@worker-auth/servers';
import { FakeTemporalFrontend } from '@worker-auth/testing-fakes';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Worker } from '@temporalio/worker';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { activities } from './activities.ts';
import { scenarios } from './scenarios.ts';
import type { Scenario } from './stage.ts';

const taskQueue = 'conformance';
const apiKey = 'any';

/** A server with a worker, and the client that asks for work. */
interface Side extends AsyncDisposable {
  readonly client: Client;
}

/**
 * The tests of the fake frontend beside a Temporal dev server.
 *
 * @param names of the scenarios
 */
export function conformanceTests(names: readonly string[] = Object.keys(scenarios)): void {
  const opened = new AsyncDisposableStack();
  let sides: readonly Side[] = [];

  beforeAll(async () => {
    const bundle = await bundleWorkflowCode({
      workflowsPath: fileURLToPath(new URL('workflows.ts', import.meta.url)),
      logger: new DefaultLogger('ERROR'),
    });
    const real = opened.use(await startTemporalDevServer());
    const fake = opened.use(await FakeTemporalFrontend.start({ acceptToken: [apiKey] }));
    sides = await Promise.all(
      [real.address, fake.address].map(async (address) => opened.use(await openSide(address, bundle))),
    );
  });

  afterAll(() => opened.disposeAsync());

  it.concurrent.each(names)('%s', async (name) => {
    const scenario = scenarios[name];
    if (scenario === undefined) throw new Error('There is no such scenario');
    const [real, fake] = await Promise.all(sides.map((side) => play(name, scenario, side)));
    expect(fake).toEqual(real);
  });
}

async function play(name: string, scenario: Scenario, { client }: Side): Promise<unknown> {
  return await scenario({ client, taskQueue, workflowId: name.replaceAll(/\W+/g, '-') });
}

async function openSide(
  address: string,
  workflowBundle: Awaited<ReturnType<typeof bundleWorkflowCode>>,
): Promise<Side> {
  await using started = new AsyncDisposableStack();
  const native = await NativeConnection.connect({ address, apiKey, tls: false });
  started.defer(() => native.close());
  const connection = await Connection.connect({ address, apiKey, tls: false });
  started.defer(() => connection.close());
  const worker = await Worker.create({ connection: native, taskQueue, workflowBundle, activities });
  const running = worker.run();
  started.defer(async () => {
    worker.shutdown();
    await running;
  });
  const resources = started.move();
  return {
    client: new Client({ connection }),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
