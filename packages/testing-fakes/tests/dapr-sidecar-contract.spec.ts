import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  type DaprContractSidecar,
  startDaprContractSidecar,
} from '../src/contracts/dapr/dapr-contract-sidecar.ts';
import { daprSidecarContract } from '../src/contracts/contracts.ts';
import { brokenFailing } from './broken/dapr/failing.ts';
import { brokenReading } from './broken/dapr/reading.ts';
import { brokenPromises, expectNoticed, faultsOf } from './support/broken-promises.ts';
import { daprSetup } from './support/model-dapr-sidecar.ts';

// What broken ones print is nobody's to read.
beforeEach(() => void vi.spyOn(console, 'debug').mockReturnValue(undefined));

describe('daprSidecarContract', () => {
  it('is kept by a small adapter that is right', async () => {
    const contract = await start();
    expect(await brokenPromises(daprSidecarContract(daprSetup(contract)))).toEqual([]);
  });

  it('is kept where requests are not counted', async () => {
    const setup = Object.assign(daprSetup(await start()), { requests: undefined });
    expect(await brokenPromises(daprSidecarContract(setup))).toEqual([]);
  });

  it.each([brokenReading, brokenFailing].flatMap(faultsOf))(
    'notices an adapter that $fault',
    async (fault) => {
      const contract = await start();
      await expectNoticed(fault, (breakIt, patienceMs) =>
        daprSidecarContract({ ...daprSetup(contract, breakIt), patienceMs }),
      );
    },
  );
});

async function start(): Promise<DaprContractSidecar> {
  const contract = await startDaprContractSidecar();
  onTestFinished(() => contract.sidecar.stop());
  return contract;
}
