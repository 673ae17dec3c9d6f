import { Context, heartbeat } from '@temporalio/activity';
import { Client, Connection } from '@temporalio/client';
import { ApplicationFailure, type Payload } from '@temporalio/common';
import { NativeConnection, Worker } from '@temporalio/worker';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { temporalAuth } from '../../src/plugin.ts';
import { pluginOptions } from '@worker-auth/calls/tests/auth-options';
import { workflowBundle } from '../support/workflow-bundle.ts';
import { quietRuntime } from '../support/quiet-runtime.ts';
import { openScene, type Scene } from '../support/scene.ts';

/** What the attempts of an activity do, and whether it is tried with Temporal away. What the last one gives is what the one before left. */
const attempts: Readonly<Record<string, readonly (() => unknown)[]>> = {
  'a list that grows after it was handed over': [
    () => {
      const done = ['first'];
      heartbeat({ done });
      done.push('second');
      throw new Error('disk full');
    },
    before,
  ],
  'each of several': [
    async () => {
      const state = { done: 0 };
      for (; state.done < 5; state.done++) {
        heartbeat(state);
        await sleep(1);
      }
      throw new Error('disk full');
    },
    before,
  ],
  'two in one moment, of which the second changes': [
    async () => {
      const state = { done: 1 };
      heartbeat({ done: 0 });
      heartbeat(state);
      await sleep(5);
      state.done = 2;
      throw new Error('disk full');
    },
    before,
  ],
  'bytes that are used again': [
    () => {
      const bytes = Uint8Array.of(1, 2, 3);
      heartbeat(bytes);
      bytes.fill(9);
      throw new Error('disk full');
    },
    () => Array.from(before() as Uint8Array),
  ],
  'an object that says how often it was converted': [
    () => {
      heartbeat({ trace: ['new'] });
      throw new Error('disk full');
    },
    before,
  ],
  'details that were handed over just before': [
    () => {
      heartbeat(1);
      heartbeat(2);
      throw new Error('disk full');
    },
    before,
  ],
  'details that cannot be converted': [
    async () => {
      heartbeat('good');
      await sleep(5);
      heartbeat(1n);
      await Context.current().cancelled;
    },
    before,
  ],
  'no details at all': [
    () => {
      throw new Error('disk full');
    },
    () => before() ?? 'none',
  ],
  'details of the attempt before, which this one changes': [
    () => {
      heartbeat({ done: ['first'] });
      throw new Error('disk full');
    },
    () => {
      (before() as { done: string[] }).done.push('second');
      throw new Error('disk full');
    },
    before,
  ],
  'a failure whose details change': [
    () => {
      const details = { rows: [1] };
      const failure = ApplicationFailure.nonRetryable('no', 'Missing', details);
      setImmediate(() => details.rows.push(2));
      throw failure;
    },
  ],
  'a value that changes': [
    () => {
      const value = { rows: [1] };
      setImmediate(() => value.rows.push(2));
      return value;
    },
  ],
};

function before(): unknown {
  return Context.current().info.heartbeatDetails;
}

const work = (name: string): unknown => attempts[name]?.[Context.current().info.attempt - 1]?.();

const resources = new AsyncDisposableStack();
let scene: Scene;
let client: Client;
let encodings: readonly string[] = [];

beforeAll(async () => {
  quietRuntime();
  scene = resources.use(await openScene({ acceptToken: () => true }));
  const { address, port } = scene.temporal;
  const auth = resources.use(
    temporalAuth({ ...pluginOptions(scene.oauth), host: '127.0.0.1', port, logger: scene.log }),
  );
  const native = await NativeConnection.connect({ address });
  resources.defer(() => native.close());
  const encode = (payloads: Payload[]): Promise<Payload[]> => {
    encodings = [...encodings, ...payloads.map(({ data }) => Buffer.from(data ?? []).toString())];
    return Promise.resolve(payloads);
  };
  const dataConverter = {
    payloadConverterPath: fileURLToPath(new URL('../support/tracing-converter.ts', import.meta.url)),
    payloadCodecs: [{ encode, decode: (payloads: Payload[]) => Promise.resolve(payloads) }],
  };
  const common = { workflowBundle, dataConverter, activities: { work } };
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

/** What a workflow sees, and what the codec was given for it. */
async function outcome(taskQueue: string, name: string) {
  encodings = [];
  const workflowId = `${taskQueue} ${name}`;
  const result: unknown = await client.workflow
    .execute('resumed', { taskQueue, workflowId, args: [name] })
    .catch((error: unknown) => (error as { cause: { cause: ApplicationFailure } }).cause.cause.details);
  return { result, encodings };
}

it.each(Object.keys(attempts))('%s: as with a plain worker', async (name) => {
  const plain = await outcome('plain', name);
  expect(await outcome('ours', name)).toEqual(plain);
});
