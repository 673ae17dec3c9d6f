import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  type DaprContractSidecar,
  startDaprContractSidecar,
} from '../src/contracts/dapr/dapr-contract-sidecar.ts';
import { daprSidecarContract } from '../src/contracts/contracts.ts';
import { strangersAdapterMessages, strangersAdapters } from './broken/by-strangers.ts';
import { brokenFailing } from './broken/dapr/failing.ts';
import { daprMessages } from './broken/dapr/messages.ts';
import { brokenReading } from './broken/dapr/reading.ts';
import { unforeseenAdapterMessages, unforeseenAdapters } from './broken/unforeseen.ts';
import { brokenPromises, failures, faultsOf, patienceOf } from './support/broken-promises.ts';
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

  it.each([
    ...[brokenReading, brokenFailing].flatMap((faults) => faultsOf(faults, daprMessages)),
    ...faultsOf(unforeseenAdapters, unforeseenAdapterMessages),
    ...faultsOf(strangersAdapters, strangersAdapterMessages),
  ])('notices an adapter that $fault', async ({ breakIt, caughtBy: name, message }) => {
    const setup = { ...daprSetup(await start(), breakIt), patienceMs: patienceOf(message) };
    expect(await failures(daprSidecarContract(setup), name)).toEqual([{ name, message }]);
  });
});

async function start(): Promise<DaprContractSidecar> {
  const contract = await startDaprContractSidecar();
  onTestFinished(() => contract.sidecar.stop());
  return contract;
}
