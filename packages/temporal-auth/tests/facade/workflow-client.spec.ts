import { ServiceError } from '@temporalio/client';
import { expect, it, vi } from 'vitest';
import { ConnectivityError } from '@worker-auth/calls/errors/temporal-auth-error';
import { grpcError } from '../support/fake-client-connection.ts';
import { openWorkflowClient } from '../support/open-workflow-client.ts';
import { rejection } from '../support/scene.ts';

const activities = { countRows: () => 1 };

it.each([
  [undefined, false],
  [false, false],
  [true, true],
])(
  'a worker has the token kept fresh, if load() did not, where it is told to: %s',
  async (autoStartTokenRefresh, isKept) => {
    await using scene = openWorkflowClient({ autoStartTokenRefresh: false });
    const { client, clock } = scene;
    await client.load();
    await client.createWorker({ activities, autoStartTokenRefresh });
    await clock.advance(2_000_000);
    expect(client.auth.peek() === 'token-2').toBe(isKept);
  },
);

it('runWorker() throws why the client cannot be loaded, unless that is its signal', async () => {
  // One of these steps is that between the failure and who hears of it.
  for (let steps = 0; steps < 20; steps++) {
    await using scene = openWorkflowClient();
    const ending = new AbortController();
    const { signal } = ending;
    const held = Promise.withResolvers<object>();
    scene.answers.getSystemInfo = held.promise;
    const loading = rejection(scene.client.load({ signal }));
    const running = scene.client.runWorker({ activities, signal }).catch((error: unknown) => error);
    await expect.poll(() => scene.calls, { interval: 1 }).toContain('getSystemInfo');
    held.reject(grpcError(7));
    for (let step = 0; step < steps; step++) await Promise.resolve();
    ending.abort();
    const error = await loading;
    expect(await running).toBe(error === signal.reason ? undefined : error);
  }
});

it('startWorkflow() throws why there was no token for the call, whatever that is wrapped in', async () => {
  await using scene = openWorkflowClient();
  await scene.client.load();
  const reason = new ConnectivityError('No token.', { code: 'NO_TOKEN', retryable: true });
  const cause = Object.assign(grpcError(1), { cause: reason });
  const failure = new ServiceError('Failed to start Workflow', { cause });
  vi.spyOn(scene.client.client.workflow, 'start').mockRejectedValue(failure);
  expect(await rejection(scene.client.startWorkflow('extract'))).toBe(reason);
});
