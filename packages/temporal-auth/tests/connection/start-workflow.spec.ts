import { isGrpcCancelledError, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { openScene, rejection, type Scene } from '../support/scene.ts';

const start = 'StartWorkflowExecution';

/** What a start fails with, when the server answers it so. */
async function failure(scene: Scene, fault: Parameters<Scene['temporal']['failWith']>[0]): Promise<Error> {
  const client = await scene.loadClient();
  scene.temporal.failWith(fault, start);
  const { connection } = client.client;
  // Temporal's client repeats what may pass, until then, by timers of its own.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  let error: unknown;
  const failing = connection.withDeadline(Date.now() + 3_000, async () => {
    error = await rejection(client.startWorkflow('extract'));
  });
  while (error === undefined) {
    for (let turn = 0; turn < 20; turn++) await setImmediate();
    await vi.advanceTimersByTimeAsync(100);
  }
  await failing;
  vi.useRealTimers();
  return error as Error;
}

describe('startWorkflow()', () => {
  it.each([
    ['permissionDenied', 'authentication', 'TEMPORAL_AUTH_CALL_REJECTED', false, '"default:write"'],
    ['unauthenticated', 'authentication', 'TEMPORAL_AUTH_CALL_REJECTED', false, 'Jwt is expired'],
    ['html401', 'authentication', 'TEMPORAL_AUTH_CALL_REJECTED', false, 'an ingress for example'],
    ['neverAnswers', 'connectivity', 'TEMPORAL_AUTH_TEMPORAL_UNAVAILABLE', true, 'Deadline exceeded'],
    ['unavailable', 'connectivity', 'TEMPORAL_AUTH_TEMPORAL_UNAVAILABLE', true, 'for namespace "default"'],
    ['throttled', 'connectivity', 'TEMPORAL_AUTH_TEMPORAL_UNAVAILABLE', true, 'for namespace "default"'],
  ] as const)('gives a typed error when Temporal answers %s', async (fault, kind, code, retryable, text) => {
    await using scene = await openScene();
    const error = await failure(scene, fault);
    expect(error).toMatchObject({ kind, code, retryable });
    expect(error.message).toContain(text);
    expect(error.cause).toBeUndefined();
  });

  it('shows no part of a token that a server echoes', async () => {
    await using scene = await openScene();
    const error = await failure(scene, () => ({
      status: 'PERMISSION_DENIED',
      message: `no: ${scene.oauth.issuedTokens[0]?.slice(-60, -20) ?? ''}`,
    }));
    expect(error.message).toContain('[redacted]');
  });

  it('leaves it to Temporal to say that the workflow was started already', async () => {
    await using scene = await openScene();
    const client = await scene.loadClient();
    await client.startWorkflow('extract', { workflowId: 'orders' });
    const error = await rejection(client.startWorkflow('extract', { workflowId: 'orders' }));
    expect(error).toBeInstanceOf(WorkflowExecutionAlreadyStartedError);
    expect(error).toMatchObject({ workflowId: 'orders' });
  });

  it('leaves it to Temporal to say that the caller has left', async () => {
    await using scene = await openScene();
    const client = await scene.loadClient();
    scene.temporal.failWith('neverAnswers', start);
    const leaving = new AbortController();
    const arrived = scene.temporal.nextCall(start);
    const started = client.client.connection.withAbortSignal(leaving.signal, () =>
      rejection(client.startWorkflow('extract')),
    );
    await arrived;
    leaving.abort();
    expect(isGrpcCancelledError(await started)).toBe(true);
  });

  it('leaves it to Temporal to say that the options make no sense', async () => {
    await using scene = await openScene();
    const error = await failure(scene, { status: 'INVALID_ARGUMENT', message: 'WorkflowId is too long' });
    expect(error).toMatchObject({ name: 'ServiceError', cause: { code: 3 } });
  });
});
