import { ApplicationFailure } from '@temporalio/common';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { temporalAuth } from '../../src/plugin.ts';
import { pluginOptions } from '@worker-auth/calls/tests/auth-options';
import { workflowBundle } from '../support/workflow-bundle.ts';
import { quietRuntime } from '../support/quiet-runtime.ts';
import { openScene, type Scene } from '../support/scene.ts';

class Rows {
  readonly #hidden = 1;
  readonly count = 2;
  get twice(): number {
    return this.count * 2 + 0 * this.#hidden;
  }
}

const looped: { self?: unknown } = {};
looped.self = looped;

/** What an activity gives or throws. */
const values: Readonly<Record<string, () => unknown>> = {
  nothing: () => undefined,
  null: () => null,
  text: () => 'forty-two',
  bytes: () => Uint8Array.of(1, 2, 3),
  'an object of a class': () => new Rows(),
  'a map': () => new Map([['a', 1]]),
  'a date': () => new Date(0),
  'an object with toJSON': () => ({ toJSON: () => 'as it says' }),
  'an object whose toJSON throws': () => ({ toJSON: () => fail() }),
  'a getter that throws': () => Object.defineProperty({}, 'rows', { get: fail, enumerable: true }),
  'a Proxy': () => new Proxy({ rows: 1 }, {}),
  'a Proxy that throws': () => new Proxy({}, { ownKeys: () => fail() }),
  'a bigint': () => 42n,
  'an object with itself in it': () => looped,
  'two megabytes': () => 'x'.repeat(2_000_000),
  'more than a namespace takes': () => 'x'.repeat(2_100_000),
  'an error that is thrown at once': () => fail(),
  'an error that is thrown later': () => Promise.resolve().then(fail),
  'an error': () => Promise.reject(new RangeError('disk full')),
  'a failure with details': () =>
    Promise.reject(ApplicationFailure.nonRetryable('no', 'Missing', { table: 'orders' }, 7)),
  'an error with a cause': () => Promise.reject(new Error('outside', { cause: new Error('inside') })),
  'a text that is thrown': () => thrown('just text'),
  'nothing that is thrown': () => thrown(undefined),
};

/** What cannot be converted: the stack is that of the converter. */
const unconvertible = [
  'an object whose toJSON throws',
  'a getter that throws',
  'a Proxy that throws',
  'a bigint',
  'an object with itself in it',
];

function fail(): never {
  throw new RangeError('not for you');
}

function thrown(reason: unknown): Promise<never> {
  return Promise.resolve().then(() => {
    throw reason;
  });
}

const resources = new AsyncDisposableStack();
let scene: Scene;
let client: Client;

beforeAll(async () => {
  quietRuntime();
  scene = resources.use(await openScene({ acceptToken: () => true }));
  const { address, port } = scene.temporal;
  const activities = { give: (name: string) => values[name]?.() };
  const auth = resources.use(
    temporalAuth({ ...pluginOptions(scene.oauth), host: '127.0.0.1', port, logger: scene.log }),
  );
  const native = await NativeConnection.connect({ address });
  resources.defer(() => native.close());
  const common = { workflowBundle, activities };
  const workers = [
    await Worker.create({ ...common, taskQueue: 'plain', connection: native }),
    await Worker.create({ ...common, taskQueue: 'ours', plugins: [auth] }),
  ];
  const running = Promise.all(workers.map((worker) => worker.run()));
  resources.defer(async () => {
    for (const worker of workers) worker.shutdown();
    await running;
  });
  const connection = await Connection.connect({ address });
  resources.defer(() => connection.close());
  client = new Client({ connection });
});

afterAll(() => resources.disposeAsync());

it.each(Object.keys(values))('%s is to a workflow what a plain worker makes of it', async (name) => {
  const outcome = async (taskQueue: string): Promise<object> => {
    const options = { taskQueue, workflowId: `${taskQueue} ${name}`, args: [name] };
    const result = (await client.workflow.execute('outcome', options)) as object;
    return unconvertible.includes(name) ? { ...result, stack: undefined } : result;
  };
  const [plain, ours] = await Promise.all([outcome('plain'), outcome('ours')]);
  expect(ours).toEqual(plain);
});
