import '../src/fixtures/runtime-log.ts';
import { startTemporalDevServer } from '@worker-auth/servers';
import { TemporalWorkflowClient } from '@worker-auth/temporal-auth';
import { fakeStack, RecordingLogger } from '@worker-auth/testing-fakes';
import { expect, it } from 'vitest';
import { workflowsPath } from '../src/bad-days/workflow-bundle.ts';
import { faults } from '../src/faults/catalogue.ts';
import { lasting } from '../src/faults/fault.ts';
import { providerOf, restartable } from '../src/faults/servers.ts';
import { describeWith } from '../src/fixtures/describe-with.ts';
import { eventually } from '../src/fixtures/eventually.ts';
import { temporaryFolder } from '../src/fixtures/temporary-folder.ts';
import { activities, runs, underLoad } from '../src/fixtures/under-load.ts';

/** How long each fault lasts. */
const seconds = 3;

await describeWith(['temporal-cli'], 'a worker at a Temporal that checks tokens', () => {
  it('completes each workflow, and runs no activity twice, whatever happens to its tokens', async () => {
    await using started = new AsyncDisposableStack();
    const { path: dataFolder } = started.use(await temporaryFolder());
    const server = started.use(await startTemporalDevServer({ dataFolder }));
    const stack = started.use(
      await fakeStack({
        ...{ upstream: server.address, applicationName: 'e2e-worker' },
        ...{ oauth: { lifetimeSeconds: 10 }, gateway: { keyRefreshMs: 500 } },
      }),
    );
    const { oauth, gateway, env } = stack;
    if (gateway === undefined) throw new Error('No gateway stands before Temporal');
    const logger = new RecordingLogger();
    const client = started.use(new TemporalWorkflowClient({ applicationName: 'e2e-worker', env, logger }));
    await client.load();
    const worker = await client.createWorker({ workflowsPath, activities });
    await underLoad(client, worker, async ({ completedAtMs }) => {
      const worksOn = async (after: string): Promise<void> => {
        const [{ size }, tokens] = [completedAtMs, oauth.issuedTokens.length];
        await eventually(`workflows and a token after: ${after}`, () => {
          const isRenewed = oauth.issuedTokens.length > tokens;
          return isRenewed && completedAtMs.size >= size + 3;
        });
      };
      await worksOn('the start');
      await lasting(faults['tokens-revoked'], { gateway, oauth }, 0);
      await worksOn('all tokens were revoked');
      const rotate = (): Promise<void> => {
        stack.rotateClientSecret();
        return Promise.resolve();
      };
      await lasting(faults['secret-rotated'], { secret: { rotate } }, 0);
      await worksOn('the secret was rotated');
      const provider = providerOf(oauth);
      await lasting(faults['key-withdrawn'], { provider }, 0);
      await worksOn('the key was withdrawn');
      await lasting(faults.rejected, { gateway }, seconds);
      await lasting(faults['provider-away'], { provider }, seconds);
      await worksOn('the OAuth server was away');
      await lasting(faults['temporal-away'], { temporal: restartable(gateway) }, seconds);
      await server.halt();
      await server.restart();
      await worksOn('Temporal was restarted');
      expect(worker.getState()).toBe('RUNNING');
    });
    expect([...new Set(runs.values())]).toEqual([1]);
  });
});
