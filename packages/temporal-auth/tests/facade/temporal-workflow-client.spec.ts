import type { ClientInterceptors } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '@worker-auth/calls/errors/temporal-auth-error';
import { TemporalWorkflowClient } from '../../src/facade/temporal-workflow-client.ts';
import { openScene, rejection } from '../support/scene.ts';

const options = { applicationName: 'postgres-extraction', env: {} };

describe('TemporalWorkflowClient', () => {
  it('says that load() comes first', async () => {
    const client = new TemporalWorkflowClient(options);
    expect(() => client.client).toThrow(ConfigurationError);
    const expected = { code: 'TEMPORAL_AUTH_NOT_LOADED' };
    await expect(client.startWorkflow('anything')).rejects.toMatchObject(expected);
    await expect(client.createWorker({})).rejects.toMatchObject(expected);
  });

  it('sends the newest token with each call, and the metadata as it was given', async () => {
    await using scene = await openScene();
    const metadata: Record<string, string> = { 'X-Tenant': 'a' };
    const client = scene.createClient({ metadata });
    metadata['authorization'] = 'Bearer mine';
    metadata['X-Tenant'] = 'b';
    await client.load();
    await client.auth.refreshToken();
    await client.client.workflowService.describeNamespace({ namespace: 'default' });
    expect(scene.temporal.tokensOf('DescribeNamespace')).toEqual(scene.issuedFingerprints());
    expect(scene.temporal.calls.map(({ metadata: sent }) => sent['x-tenant'])).toEqual(['a', 'a', 'a']);
  });

  it('starts a workflow with defaults that undefined does not overwrite', async () => {
    await using scene = await openScene();
    const client = await scene.loadClient();
    const started = await client.startWorkflow('extract', { workflowId: undefined, taskQueue: undefined });
    expect(started.workflowId).toMatch(/^postgres-extraction-[\da-f-]{36}$/);
    expect(started.handle.workflowId).toBe(started.workflowId);
    const named = await client.startWorkflow('extract', { workflowId: 'mine' });
    expect(named.workflowId).toBe('mine');
  });

  it("starts a workflow on the application's task queue, through the interceptors of the user", async () => {
    await using scene = await openScene();
    const seen: unknown[] = [];
    const interceptors: ClientInterceptors = {
      workflow: [
        {
          startWithDetails: (input, next) => {
            seen.push([input.options.taskQueue, input.workflowType]);
            return next(input);
          },
        },
      ],
    };
    const client = await scene.loadClient({ client: { interceptors } });
    await client.startWorkflow('extract');
    await client.startWorkflow('extract', { taskQueue: 'another' });
    expect(seen).toEqual([
      ['postgres-extraction', 'extract'],
      ['another', 'extract'],
    ]);
  });

  it('starts a workflow without a token when authentication is off', async () => {
    await using scene = await openScene({ acceptToken: () => true });
    const client = await scene.loadClient({ authEnabled: false });
    await client.startWorkflow('extract');
    expect(scene.temporal.tokensOf('StartWorkflowExecution')).toEqual([undefined]);
  });

  it('lets a call wait for a token, and its deadline end the wait', async () => {
    await using scene = await openScene();
    const client = await scene.loadClient({ autoStartTokenRefresh: false });
    await scene.clock.advance(3_600_000);
    const release = scene.oauth.hold();
    const asked = scene.oauth.nextRequest();
    const waiting = client.client.workflowService.describeNamespace({ namespace: 'default' });
    const deadline = scene.clock.wallNow() + 3_000;
    const late = rejection(client.client.withDeadline(deadline, () => client.startWorkflow('extract')));
    await asked;
    await scene.clock.advance(3_000);
    expect(await late).toMatchObject({ kind: 'connectivity', code: 'TEMPORAL_AUTH_NO_VALID_TOKEN' });
    release();
    await waiting;
    expect(scene.temporal.tokensOf('DescribeNamespace').at(-1)).toBe(scene.issuedFingerprints()[1]);
    expect(scene.temporal.tokensOf('StartWorkflowExecution')).toEqual([]);
  });

  it('fails a call at once with the reason while no token can be had, and sends nothing', async () => {
    await using scene = await openScene();
    const client = await scene.loadClient({ autoStartTokenRefresh: false });
    await scene.clock.advance(3_600_000);
    scene.oauth.failWith('unavailable503');
    await expect(client.startWorkflow('extract')).rejects.toMatchObject({
      kind: 'connectivity',
      code: 'TOKEN_ENDPOINT_UNAVAILABLE',
      status: 503,
      retryInMs: expect.any(Number) as number,
    });
    const call = client.client.workflowService.describeNamespace({ namespace: 'default' });
    await expect(call).rejects.toMatchObject({ code: 16, cause: { code: 'TOKEN_ENDPOINT_UNAVAILABLE' } });
    expect(scene.temporal.tokensOf('StartWorkflowExecution')).toEqual([]);
    expect(scene.temporal.tokensOf('DescribeNamespace')).toHaveLength(1);
  });
});
