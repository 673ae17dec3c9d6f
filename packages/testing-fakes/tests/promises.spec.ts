import { readSection, writeSection } from '@worker-auth/workspace/readme-section';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { credentialSourcePromises } from '../src/contracts/credential-source-under-test.ts';
import { secretStorePromises } from '../src/contracts/secret-store-under-test.ts';
import { tokenSourcePromises } from '../src/contracts/token-source-under-test.ts';
import type { ContractCase } from '../src/contracts/contract-case.ts';
import { credentialSourceContract } from '../src/contracts/credential-source-contract.ts';
import { secretStoreContract } from '../src/contracts/secret-store-contract.ts';
import { tokenSourceContract } from '../src/contracts/token-source-contract.ts';

/** For lists alone: no case is run. */
function create(): never {
  throw new Error('No case is run here');
}

const store = {
  ...{ canFail: true, canMend: true, canHang: true, canAnswerMalformed: true, canCountReads: true },
} as const;

/** Each contract: its list of promises, and its cases. */
const contracts: readonly (readonly [
  port: string,
  promises: Readonly<Record<string, string>>,
  cases: readonly ContractCase[],
])[] = [
  ['SecretStore', secretStorePromises, secretStoreContract({ shape: 'map', ...store, create })],
  [
    'CredentialSource',
    credentialSourcePromises,
    credentialSourceContract({ canFail: true, canHold: true, create }),
  ],
  ['TokenSource', tokenSourcePromises, tokenSourceContract({ canRecover: true, canHold: true, create })],
];

describe.each(contracts)('the contract of %s', (_port, promises, cases) => {
  it('has a case for each promise', () => {
    const tested = new Set(cases.map(({ promise }) => promise));
    expect(Object.values(promises).filter((promise) => !tested.has(promise))).toEqual([]);
  });

  it('has no two cases of one name', () => {
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
  });
});

it('the page has the list of promises: `UPDATE=1 npx vitest run tests/promises.spec.ts` writes it', async () => {
  const page = fileURLToPath(new URL('../docs/promises.md', import.meta.url));
  const lists = contracts.map(([port, promises]) =>
    [`## \`${port}\``, '', ...Object.values(promises).map((promise) => `- ${promise}`)].join('\n'),
  );
  if (process.env['UPDATE'] !== undefined) await writeSection(page, 'promises', lists.join('\n\n'));
  expect(readSection(page, 'promises').trim()).toBe(lists.join('\n\n'));
});
