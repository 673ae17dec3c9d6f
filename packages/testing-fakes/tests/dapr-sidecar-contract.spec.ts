import { describe, expect, it } from 'vitest';
import { daprSidecarContract } from '../src/index.ts';
import { brokenDaprAdapters } from './broken/dapr/dapr-adapters.ts';
import { brokenPromises, failedCases } from './support/broken-promises.ts';
import { contractSidecar, daprSetup } from './support/model-dapr-sidecar.ts';

describe('daprSidecarContract', () => {
  it('is kept by a small adapter that is right', async () => {
    await using fake = contractSidecar();
    const { url } = await fake.start();
    expect(await brokenPromises(daprSidecarContract(daprSetup(fake, url, () => undefined)))).toEqual([]);
  });

  it.each(brokenDaprAdapters())('notices an adapter that $fault', async ({ breakIt, caughtBy }) => {
    await using fake = contractSidecar();
    const { url } = await fake.start();
    const failed = await failedCases(daprSidecarContract(daprSetup(fake, url, breakIt)));
    expect(failed.filter((name) => name.startsWith(caughtBy))).not.toEqual([]);
  });
});
