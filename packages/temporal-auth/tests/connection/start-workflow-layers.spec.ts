import { ServiceError } from '@temporalio/client';
import { describe, expect, it, vi } from 'vitest';
import {
  AuthenticationError,
  ConnectivityError,
  TemporalAuthError,
} from '../../src/errors/temporal-auth-error.ts';
import type { StartWorkflowOptions } from '../../src/settings/temporal-options.ts';
import { grpcError } from '../support/fake-client-connection.ts';
import { openWorkflowClient } from '../support/open-workflow-client.ts';
import { rejection } from '../support/scene.ts';

type Options = StartWorkflowOptions<() => Promise<void>>;

/** Starts a workflow with a client that fails with `failure`, or else tells what it was given. */
async function start(options: Options = {}, failure?: Error) {
  await using scene = openWorkflowClient();
  const { client } = scene;
  await client.load();
  const given: unknown[] = [];
  const handle = { workflowId: 'mine', firstExecutionRunId: 'first-run' };
  vi.spyOn(client.client.workflow, 'start').mockImplementation((workflow, complete) => {
    given.push(workflow, complete);
    return failure === undefined ? Promise.resolve(handle as never) : Promise.reject(failure);
  });
  const started = await client.startWorkflow('extract', options);
  return { given, handle, started };
}

describe('startWorkflow', () => {
  it('gives the handle, and both ids of it', async () => {
    const { started, handle } = await start();
    expect(started).toEqual({ workflowId: 'mine', runId: 'first-run', handle });
  });

  it('starts it on the task queue of the application, with a random id that begins with its name', async () => {
    const all = [await start(), await start({ taskQueue: undefined, workflowId: undefined })];
    for (const { given } of all) {
      const workflowId = expect.stringMatching(/^orders-[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/) as string;
      expect(given).toEqual(['extract', { taskQueue: 'orders', workflowId }]);
    }
    expect(all[0]?.given).not.toEqual(all[1]?.given);
  });

  it('starts it as the options say', async () => {
    const options: Options = { taskQueue: 'another', workflowId: 'mine', workflowRunTimeout: '1 minute' };
    expect((await start(options)).given).toEqual(['extract', options]);
  });

  it.each([
    [7, AuthenticationError],
    [16, AuthenticationError],
    [14, ConnectivityError],
    [4, ConnectivityError],
  ])(
    'tells in our words of a call that failed on its way (gRPC %d), without the token',
    async (code, kind) => {
      const cause = grpcError(code, 'it was token-1');
      const error = await rejection(start({}, new ServiceError('Failed to start Workflow', { cause })));
      expect(error).toBeInstanceOf(kind);
      expect(String(error)).toContain('temporal:7233');
      expect(String(error)).not.toContain('token-1');
    },
  );

  it.each([3, 6, 1])('leaves what Temporal says of the call itself as it is (gRPC %d)', async (code) => {
    const failure = new ServiceError('Failed to start Workflow', { cause: grpcError(code) });
    expect(await rejection(start({}, failure))).toBe(failure);
  });

  it('leaves what the client says of the options as it is', async () => {
    const failure = new TypeError('Missing WorkflowOptions.taskQueue');
    expect(await rejection(start({}, failure))).toBe(failure);
  });

  it('tells why there was no token for the call, whatever that is wrapped in', async () => {
    const reason = new ConnectivityError('No token.', { code: 'NO_TOKEN', retryable: true });
    const cause = Object.assign(grpcError(1), { cause: reason });
    const error = await rejection(start({}, new ServiceError('Failed to start Workflow', { cause })));
    expect(error).toBeInstanceOf(TemporalAuthError);
    expect(error).toBe(reason);
  });
});
