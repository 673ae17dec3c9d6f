import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type DaprContractSidecar, daprSidecarContract, startDaprContractSidecar } from '../src/index.ts';
import { brokenDaprAdapters } from './broken/dapr/dapr-adapters.ts';
import { brokenPromises, failedCases, faultsOf } from './support/broken-promises.ts';
import { daprSetup } from './support/model-dapr-sidecar.ts';

// What broken ones print is nobody's to read.
beforeEach(() => void vi.spyOn(console, 'debug').mockReturnValue(undefined));

describe('daprSidecarContract', () => {
  it('is kept by a small adapter that is right', async () => {
    const contract = await start();
    expect(await brokenPromises(daprSidecarContract(daprSetup(contract)))).toEqual([]);
  });

  it.each(faultsOf(brokenDaprAdapters))('notices an adapter that $fault', async ({ breakIt, caughtBy }) => {
    const contract = await start();
    expect(await failedCases(daprSidecarContract(daprSetup(contract, breakIt)), caughtBy)).not.toEqual([]);
  });
});

async function start(): Promise<DaprContractSidecar> {
  const contract = await startDaprContractSidecar();
  onTestFinished(() => contract.sidecar.stop());
  return contract;
}
