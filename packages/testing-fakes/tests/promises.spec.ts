import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import {
  type ContractCase,
  credentialSourceContract,
  daprSidecarContract,
  secretStoreContract,
  startDaprContractSidecar,
  tokenSourceContract,
} from '../src/index.ts';
import { daprSetup } from './support/model-dapr-sidecar.ts';

const page = (await readFile(new URL('../docs/contract-promises.md', import.meta.url), 'utf8')).replaceAll(
  /\s+/g,
  ' ',
);

/** For lists alone: no case is run. */
function create(): never {
  throw new Error('No case is run here');
}

const dapr = await startDaprContractSidecar();
await dapr.sidecar.stop();

const contracts: Readonly<Record<string, readonly ContractCase[]>> = {
  secretStoreContract: secretStoreContract({
    shape: 'map',
    canFail: true,
    canMend: true,
    canHang: true,
    canAnswerMalformed: true,
    canCountReads: true,
    create,
  }),
  credentialSourceContract: credentialSourceContract({ canFail: true, canHold: true, create }),
  tokenSourceContract: tokenSourceContract({ canRecover: true, canHold: true, create }),
  daprSidecarContract: daprSidecarContract(daprSetup(dapr)),
};

describe.each(Object.entries(contracts))('%s', (_name, cases) => {
  it('has every promise of its cases on their page', () => {
    const missing = cases.map(({ promise }) => promise).filter((promise) => !page.includes(promise));
    expect(missing).toEqual([]);
  });

  it('has no two cases of one name', () => {
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
  });
});
