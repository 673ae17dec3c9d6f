import { Client, Connection } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import type { RpcFault } from '@worker-auth/testing-fakes';
import { beforeAll, expect, it } from 'vitest';
import { temporalAuth } from '../../src/plugin.ts';
import { pluginOptions } from '@worker-auth/calls/tests/auth-options';
import { workflowBundle } from '../support/workflow-bundle.ts';
import { quietRuntime } from '../support/quiet-runtime.ts';
import { openScene, settled } from '../support/scene.ts';
import { isSoak } from '@worker-auth/calls/tests/seeded';

beforeAll(quietRuntime);

const fail = (): never => {
  throw new Error('disk full');
};
const large = (): string => 'x'.repeat(50_000);

const denied: RpcFault = { status: 'PERMISSION_DENIED', message: 'Request unauthorized.' };
const tooLarge: RpcFault = {
  status: 'RESOURCE_EXHAUSTED',
  message: 'grpc: received message larger than max',
};
const html = { headers: { 'content-type': 'text/html' }, body: '<html></html>' };

const rows: [string, () => unknown, RpcFault, 'Failed' | 'Completed', boolean][] = [
  ['failures that may not be reported', fail, denied, 'Failed', true],
  ['values that are too large for the server', large, tooLarge, 'Completed', false],
  ['values that are too large for a gateway', large, { httpStatus: 413, ...html }, 'Completed', false],
];

// Core tries the last for 10 s.
it.each(isSoak ? rows : rows.slice(0, -1))(
  'a worker with two slots goes on beside two results that are never accepted: %s',
  async (_name, end, fault, result, isPending) => {
    await using scene = await openScene({ acceptToken: () => true });
    const { address, port } = scene.temporal;
    const { clock, log: logger } = scene;
    const place = { host: '127.0.0.1', port, shutdownTimeoutMs: 0, logger, clock };
    await using auth = temporalAuth({ ...pluginOptions(scene.oauth), ...place });
    let seen = 0;
    auth.on(isPending ? 'resultPending' : 'resultAbandoned', () => seen++);
    const activities = { work: (name: string) => (name.startsWith('bad') ? end() : name) };
    const taskQueue = 'two slots';
    const worker = await Worker.create({
      ...{ taskQueue, workflowBundle, activities, plugins: [auth], maxConcurrentActivityTaskExecutions: 2 },
    });
    await using resources = new AsyncDisposableStack();
    const connection = await Connection.connect({ address });
    resources.defer(() => connection.close());
    const { workflow } = new Client({ connection });
    const method = `RespondActivityTask${result}`;
    scene.temporal.failWith(fault, method);
    const running = worker.runUntil(async () => {
      for (const name of ['bad one', 'bad two'])
        await workflow.start('lasting', { taskQueue, workflowId: name, args: [name] });
      await expect.poll(() => seen, { timeout: 30_000 }).toBe(2);
      const uploads = scene.temporal.calls.filter((call) => call.method === method).length;
      if (!isPending) scene.temporal.recover();
      const names = Array.from({ length: 10 }, (_, index) => `good ${index}`);
      const good = names.map((name) =>
        workflow.execute('lasting', { taskQueue, workflowId: name, args: [name] }),
      );
      expect(await Promise.all(good)).toEqual(names);
      const isSeen = (): boolean =>
        auth.health().conditions.some(({ code }) => ['PERMISSION_MISSING', 'RESULTS_PENDING'].includes(code));
      if (isPending) await expect.poll(isSeen, { timeout: 10_000 }).toBe(true);
      // Each as often as Core tries one.
      else expect(uploads).toBeLessThanOrEqual(2 * 12);
    });
    await settled(scene, running);
  },
  60_000,
);
