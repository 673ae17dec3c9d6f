import { Context } from '@temporalio/activity';
import type { NativeConnection } from '@temporalio/worker';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { workflowBundle } from '../../tests/support/workflow-bundle.ts';
import { type CertificateScene, openCertificateScene } from '../../tests/support/certificate-scene.ts';
import { gatedActivity } from '../../tests/support/gated-activity.ts';
import { quietRuntime } from '../../tests/support/quiet-runtime.ts';
import { passUntil, settled } from '../../tests/support/scene.ts';

beforeAll(quietRuntime);

const activities = { countRows: () => Promise.resolve(1) };
const connected = 'The workers are connected with another client certificate';
/** Lets the polls that are open at Temporal end: they stay on the connection on which they began. */
async function endPolls({ temporalClock }: CertificateScene): Promise<void> {
  await temporalClock.advance(60_000);
}

async function rotate(scene: CertificateScene, name: string): Promise<void> {
  const before = scene.log.matching(connected).length;
  await scene.issue(name);
  await passUntil(scene, () => scene.log.matching(connected).length > before);
}

describe('the workers of certificates that rotate', () => {
  it.each([{ authEnabled: false }, { authEnabled: true }])(
    'are moved to a connection with the new one, and the old one is closed ($authEnabled)',
    async (options) => {
      await using scene = await openCertificateScene();
      const client = await scene.open(options);
      const worker = await client.createWorker({ workflowBundle, activities });
      const first = worker.connection as NativeConnection;
      const close = vi.spyOn(first, 'close');
      await worker.runUntil(async () => {
        await rotate(scene, 'second');
        expect(worker.connection).not.toBe(first);
        await endPolls(scene);
        // Calls that are open on it have 30 s.
        await passUntil(scene, () => close.mock.results.length > 0);
        await expect(close.mock.results[0]?.value).resolves.toBeUndefined();
        const { handle } = await client.startWorkflow('extract');
        expect(await settled(scene, handle.result())).toBe(1);
      });
      const completions = scene.temporal.calls.filter(
        ({ method }) => method === 'RespondActivityTaskCompleted',
      );
      expect(completions.map(({ clientName }) => clientName)).toEqual(['second']);
      expect(scene.temporal.totals.rejected).toBe(0);
    },
  );

  it('run an activity that began before to its end, once, and its client reaches Temporal', async () => {
    await using scene = await openCertificateScene();
    const client = await scene.open();
    const activity = gatedActivity();
    const describeNamespace = (): Promise<unknown> =>
      Context.current().client.workflowService.describeNamespace({ namespace: 'default' });
    const countRows = async (): Promise<number> => {
      const rows = await activity.activities.countRows();
      await describeNamespace();
      return rows;
    };
    const worker = await client.createWorker({ workflowBundle, activities: { countRows } });
    await worker.runUntil(async () => {
      const { handle } = await client.startWorkflow('extract');
      await activity.begun;
      await rotate(scene, 'second');
      await rotate(scene, 'third');
      activity.end(42);
      expect(await settled(scene, handle.result())).toBe(42);
    });
    expect(activity.runs()).toBe(1);
    const described = scene.temporal.calls.filter(({ method }) => method === 'DescribeNamespace');
    expect(described.at(-1)?.clientName).toBe('third');
  });

  it('are known to be unreachable when their certificate is dead, lose nothing, and are back with a good one', async () => {
    await using scene = await openCertificateScene();
    const endMs = Math.floor(Date.now() / 1_000) * 1_000 + 3_000;
    await scene.issue('first', { notAfter: new Date(endMs) });
    const client = await scene.open();
    const activity = gatedActivity();
    const worker = await client.createWorker({ workflowBundle, ...activity });
    await worker.runUntil(async () => {
      const { handle } = await client.startWorkflow('extract');
      await activity.begun;
      // A certificate is looked at when a connection is made, by the clock of the host.
      await expect.poll(() => Date.now()).toBeGreaterThan(endMs);
      scene.temporal.dropConnections();
      activity.end(42);
      await passUntil(scene, () => client.health().temporal.state === 'unreachable');
      expect(worker.getState()).toBe('RUNNING');
      expect(client.health().conditions.map(({ code }) => code)).toEqual(['CERTIFICATE_EXPIRED']);
      await scene.issue('second');
      await passUntil(scene, () => client.health().temporal.state === 'good');
      expect(await settled(scene, handle.result())).toBe(42);
    });
    expect(activity.runs()).toBe(1);
    expect(scene.log.messages('INFO')).toContainEqual(
      expect.stringMatching(/^Ended after \d+ s: The client certificate has expired$/),
    );
  });
});
