import { beforeAll, expect, it } from 'vitest';
import type { TemporalWorkflowClient } from '../../src/facade/temporal-workflow-client.ts';
import { workflowBundle } from '../support/workflow-bundle.ts';
import { quietRuntime } from '../support/quiet-runtime.ts';
import { openScene, type Scene } from '../support/scene.ts';

beforeAll(quietRuntime);

const activities = { countRows: () => Promise.resolve(3) };
const anHourMs = 3_600_000;

/** Those of a worker; the polls have the token of the native connection, and results that of each call. */
const methods = ['PollWorkflowTaskQueue', 'PollActivityTaskQueue', 'RespondActivityTaskCompleted'];

/** Runs one workflow to its end; the tokens with which a worker made its last calls. */
async function work(client: TemporalWorkflowClient, { temporal }: Scene): Promise<(string | undefined)[]> {
  const { handle } = await client.startWorkflow('extract');
  expect(await handle.result()).toBe(3);
  return methods.map((method) => temporal.tokensOf(method).at(-1));
}

it('a worker completes its work with every token, through the lives of several, and is never rejected', async () => {
  await using scene = await openScene();
  const client = await scene.loadClient();
  const worker = await client.createWorker({ workflowBundle, activities });
  const running = worker.run();
  // Half a life at a time: what is real has the other half for it.
  for (let half = 0; half < 6; half++) {
    // A new token is obtained, and the native connection takes it, each in its own time.
    const areNewest = (tokens: (string | undefined)[]): boolean =>
      scene.issuedFingerprints().length > half &&
      tokens.every((token) => token === scene.issuedFingerprints().at(-1));
    // Time stands still meanwhile: on a busy machine half a life would pass within a call.
    while (!areNewest(await work(client, scene))) await scene.clock.advance(500);
    await scene.clock.advance(anHourMs / 2);
  }
  expect(scene.issuedFingerprints().length).toBeGreaterThan(3);
  expect(scene.temporal.totals.rejected).toBe(0);
  worker.shutdown();
  await running;
});
