import { CompleteAsyncError, type PayloadCodec } from '@temporalio/common';
import { Context } from '@temporalio/activity';
import { beforeAll, describe, expect, it } from 'vitest';
import type { CreateWorkerOptions } from '../../src/configuration/client-options.ts';
import type { TemporalWorkflowClient } from '../../src/facade/temporal-workflow-client.ts';
import { bundleWorkflows } from '../support/bundle-workflows.ts';
import { quietRuntime } from '../support/quiet-runtime.ts';
import { openScene, passUntil, type Scene, settled } from '../support/scene.ts';

beforeAll(quietRuntime);

const workflowBundle = await bundleWorkflows('extract-workflow.ts');
const completed = 'RespondActivityTaskCompleted';
const probe = 'RecordWorkerHeartbeat';

/** Runs one workflow on a worker whose connection has been probed once, to its end; then the client is closed. */
async function extract(
  scene: Scene,
  options: Partial<CreateWorkerOptions>,
  { client = scene.createClient(), meanwhile = () => Promise.resolve() } = {},
): Promise<unknown> {
  await client.load();
  const worker = await client.createWorker({ workflowBundle, ...options });
  await scene.temporal.until(() => scene.temporal.tokensOf(probe).length > 0);
  const result = await worker.runUntil(async () => {
    const { handle } = await client.startWorkflow('extract');
    await meanwhile();
    return settled(scene, handle.result() as Promise<unknown>);
  });
  await settled(scene, client.close());
  return result;
}

/** The token of the first probe is good no more, and nobody has noticed yet. */
function withdrawToken({ temporal }: Scene): void {
  // Not the polls: Core would wait 10 s of real time before the next.
  temporal.injectFault('permissionDenied', {
    token: 1,
    method: [probe, completed, 'RespondActivityTaskFailed'],
  });
}

describe('the result of an activity that is told while nobody knows yet that the token is bad', () => {
  it.each([
    ['as it is', () => Promise.resolve(42), 42],
    ['of a megabyte', () => Promise.resolve('x'.repeat(1_000_000)), 'x'.repeat(1_000_000)],
  ])('is told again with the next token, %s: it runs once', async (_name, give, expected) => {
    await using scene = await openScene();
    let runs = 0;
    const countRows = (): Promise<unknown> => {
      runs++;
      withdrawToken(scene);
      return give();
    };
    expect(await extract(scene, { activities: { countRows } })).toEqual(expected);
    expect(runs).toBe(1);
    expect(scene.temporal.tokensOf(completed)).toEqual(scene.issuedFingerprints().slice(0, 2));
  });

  it('is told again through the codecs of the worker', async () => {
    await using scene = await openScene();
    const encodings: string[] = [];
    const flip = (data: Uint8Array): Uint8Array => data.map((byte) => byte ^ 0xff);
    const codec: PayloadCodec = {
      encode: (payloads) => {
        encodings.push(...payloads.map(({ data }) => Buffer.from(data ?? []).toString()));
        return Promise.resolve(
          payloads.map((payload) => ({ ...payload, data: flip(payload.data ?? new Uint8Array()) })),
        );
      },
      decode: (payloads) =>
        Promise.resolve(
          payloads.map((payload) => ({ ...payload, data: flip(payload.data ?? new Uint8Array()) })),
        ),
    };
    const dataConverter = { payloadCodecs: [codec] };
    const client = scene.createClient({ client: { dataConverter } });
    const countRows = (): Promise<string> => {
      withdrawToken(scene);
      return Promise.resolve('forty-two');
    };
    expect(await extract(scene, { activities: { countRows }, dataConverter }, { client })).toBe('forty-two');
    expect(encodings.filter((text) => text === '"forty-two"').length).toBeGreaterThanOrEqual(2);
  });

  it('is told again when it is a failure, with its type and details', async () => {
    await using scene = await openScene();
    let runs = 0;
    const countRows = (): Promise<number> => {
      if (runs++ > 0) return Promise.resolve(7);
      withdrawToken(scene);
      return Promise.reject(new Error('disk full'));
    };
    // The server has heard of the failure, and tries again.
    expect(await extract(scene, { activities: { countRows } })).toBe(7);
    expect(scene.temporal.tokensOf('RespondActivityTaskFailed')).toEqual(
      scene.issuedFingerprints().slice(0, 2),
    );
  });
});

describe('the result of an activity', () => {
  it('is told once when Temporal takes it, and closing waits until that is known', async () => {
    await using scene = await openScene();
    expect(await extract(scene, { activities: { countRows: () => Promise.resolve(42) } })).toBe(42);
    const calls = scene.temporal.calls.map(({ method }) => method);
    expect(calls.filter((method) => method === completed)).toHaveLength(1);
    expect(calls.lastIndexOf(probe)).toBeGreaterThan(calls.indexOf(completed));
  });

  it('is confirmed by the old token before a new one takes its place', async () => {
    await using scene = await openScene();
    const client = scene.createClient();
    const countRows = (): Promise<number> => Promise.resolve(42);
    const meanwhile = async (): Promise<void> => {
      await scene.temporal.until(() => scene.temporal.tokensOf(completed).length > 0);
      // Told for long enough, and not probed yet.
      await scene.clock.advance(260);
      const asked = scene.temporal.tokensOf(probe).length;
      await client.auth.refreshToken();
      await passUntil(scene, () => scene.temporal.tokensOf(probe).length > asked + 1);
      expect(scene.temporal.tokensOf(probe).slice(asked, asked + 2)).toEqual(scene.issuedFingerprints());
    };
    expect(await extract(scene, { activities: { countRows } }, { client, meanwhile })).toBe(42);
    expect(scene.temporal.tokensOf(completed)).toHaveLength(1);
  });

  it('is left to whoever completes it, when the activity says so', async () => {
    await using scene = await openScene();
    const client = scene.createClient();
    const token = Promise.withResolvers<Uint8Array>();
    const countRows = (): Promise<number> => {
      token.resolve(Context.current().info.taskToken);
      return Promise.reject(new CompleteAsyncError());
    };
    const meanwhile = async (): Promise<void> => client.client.activity.complete(await token.promise, 42);
    expect(await extract(scene, { activities: { countRows } }, { client, meanwhile })).toBe(42);
    expect(scene.temporal.tokensOf(completed)).toHaveLength(1);
  });

  it('that is acknowledged is told from here, and survives a refusal between two probes', async () => {
    await using scene = await openScene();
    let runs = 0;
    const countRows = (): Promise<number> => {
      runs++;
      scene.temporal.injectFault('permissionDenied', { method: completed });
      return Promise.resolve(42);
    };
    const activities = { countRows };
    expect(await extract(scene, { activities, acknowledgeResults: true })).toBe(42);
    expect(runs).toBe(1);
    expect(scene.temporal.tokensOf(completed)).toHaveLength(2);
    scene.temporal.assertDone();
  });
});

describe('what cannot be known when the client is closed', () => {
  it('is said in the log after ten seconds', async () => {
    await using scene = await openScene();
    const client: TemporalWorkflowClient = scene.createClient();
    await client.load();
    const countRows = (): Promise<number> => {
      scene.temporal.failWith('unavailable', probe);
      return Promise.resolve(42);
    };
    const worker = await client.createWorker({ workflowBundle, activities: { countRows } });
    await worker.runUntil(async () => {
      const { handle } = await client.startWorkflow('extract');
      await settled(scene, handle.result());
    });
    await settled(scene, client.close());
    expect(scene.log.entries.at(-1)).toMatchObject({
      level: 'ERROR',
      message: expect.stringContaining('the last outcomes of activities') as string,
      meta: { outcomes: 1 },
    });
  });
});
