import type { Client } from '@temporalio/client';
import { Worker, type WorkerOptions } from '@temporalio/worker';
import { expect } from 'vitest';
import { pluginOptions } from '@worker-auth/calls/tests/auth-options';
import { workflowBundle } from './workflow-bundle.ts';
import { type Scene, settled } from './scene.ts';
import type { TemporalAuthOptions } from '../../src/settings/temporal-options.ts';
import { temporalAuth, type TemporalAuthPlugin } from '../../src/plugin.ts';

export const taskQueue = 'extraction';

/** A plugin for the servers of a scene, with these options over the ordinary ones. */
export function pluginOf(
  { oauth, temporal, clock, log }: Scene,
  options: TemporalAuthOptions = {},
): TemporalAuthPlugin {
  return temporalAuth({
    ...pluginOptions(oauth),
    ...{ host: '127.0.0.1', port: temporal.port, logger: log, newTokenTimeoutMs: 0 },
    clock,
    random: () => 0,
    ...options,
  } as TemporalAuthOptions);
}

/** Runs one workflow of one activity to its end on a worker with these options. */
export async function extract(
  scene: Scene,
  client: Client,
  options: Partial<WorkerOptions>,
): Promise<unknown> {
  const activities = { countRows: () => Promise.resolve(42) };
  const worker = await Worker.create({
    ...{ taskQueue, activities },
    ...(options.workflowsPath === undefined && { workflowBundle }),
    ...options,
  });
  const result = worker.runUntil(() =>
    client.workflow.execute('extract', { taskQueue, workflowId: 'extract' }),
  );
  return settled(scene, result as Promise<unknown>);
}

/** Every RPC came with a token that was issued, and passed. */
export function expectAuthenticated(scene: Scene): void {
  expect(scene.temporal.totals.rejected).toBe(0);
  expect(scene.issuedFingerprints()).toEqual(expect.arrayContaining([...new Set(scene.temporal.tokensOf())]));
}
