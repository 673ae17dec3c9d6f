import { expect, it, vi } from 'vitest';
import type { ContractCase } from '../src/contracts/contract-case.ts';
import { credentialSourceContract } from '../src/contracts/credential-source-contract.ts';
import { secretStoreContract } from '../src/contracts/secret-store-contract.ts';
import { tokenSourceContract } from '../src/contracts/token-source-contract.ts';

type Create = () => never;

/** Each contract with nothing announced, and the hooks that its fixtures may have. */
const contracts: readonly (readonly [
  name: string,
  contractOf: (create: Create) => readonly ContractCase[],
  hooks: readonly string[],
])[] = [
  [
    'credentialSourceContract',
    (create) => credentialSourceContract({ create }),
    ['break', 'mend', 'holdReads'],
  ],
  ['tokenSourceContract', (create) => tokenSourceContract({ create }), ['recoverRequests', 'holdRequests']],
  [
    'secretStoreContract',
    (create) => secretStoreContract({ shape: 'map', create }),
    ['break', 'mend', 'hang', 'answerMalformed', 'reads'],
  ],
];

it.each(
  contracts.flatMap(([name, contractOf, hooks]) => hooks.map((hook) => [name, hook, contractOf] as const)),
)('%s rejects a fixture with %s that its setup does not announce', async (_name, hook, contractOf) => {
  const dispose = vi.fn();
  const [first] = contractOf(() => ({ [hook]: () => undefined, dispose }) as never);
  await expect(first?.run()).rejects.toThrow(
    `The fixture has ${hook}, which the setup does not announce: the cases that need it are left out`,
  );
  expect(dispose).toHaveBeenCalledOnce();
});

it('a contract rejects a fixture without a hook that its setup announces', async () => {
  const [first] = tokenSourceContract({ canHold: true, create: () => ({}) as never });
  await expect(first?.run()).rejects.toThrow(
    'The setup announces holdRequests, which the fixture does not have',
  );
});
