import { readSection, writeSection } from '@worker-auth/workspace/readme-section';
import { AssertionError } from 'node:assert';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import type { ContractCase } from '../src/contracts/contract-case.ts';
import { credentialSourceContract } from '../src/contracts/credential-source-contract.ts';
import { credentialSourcePromises } from '../src/contracts/credential-source-under-test.ts';
import { registerContract } from '../src/contracts/register-contract.ts';
import { secretStoreContract } from '../src/contracts/secret-store-contract.ts';
import { secretStorePromises } from '../src/contracts/secret-store-under-test.ts';
import { tokenSourceContract } from '../src/contracts/token-source-contract.ts';
import { tokenSourcePromises } from '../src/contracts/token-source-under-test.ts';
import { afterTurns, withinPatience } from '../src/host-time.ts';

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

it('the page has the list of promises: `UPDATE=1 npx vitest run tests/contracts.spec.ts` writes it', async () => {
  const page = fileURLToPath(new URL('../docs/promises.md', import.meta.url));
  const lists = contracts.map(([port, promises]) =>
    [`## \`${port}\``, '', ...Object.values(promises).map((promise) => `- ${promise}`)].join('\n'),
  );
  if (process.env['UPDATE'] !== undefined) await writeSection(page, 'promises', lists.join('\n\n'));
  expect(readSection(page, 'promises').trim()).toBe(lists.join('\n\n'));
});

type Create = () => never;

/** Each contract with nothing announced, and the hooks that its fixtures may have. */
const hooked: readonly (readonly [
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
  hooked.flatMap(([name, contractOf, hooks]) => hooks.map((hook) => [name, hook, contractOf] as const)),
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

describe('registerContract', () => {
  it('makes one test of each case, which runs the case and hands on its failure', async () => {
    const failure = new Error('a promise is broken');
    const cases: readonly ContractCase[] = [
      { name: 'keeps', promise: 'p', run: () => Promise.resolve() },
      { name: 'breaks', promise: 'q', run: () => Promise.reject(failure) },
    ];
    const groups: string[] = [];
    const tests = new Map<string, () => Promise<void>>();
    registerContract('a thing', cases, {
      describe: (name, body) => {
        groups.push(name);
        body();
      },
      it: (name, body) => tests.set(name, body),
    });
    expect([groups, [...tests.keys()]]).toEqual([['a thing'], ['keeps', 'breaks']]);
    await expect(tests.get('keeps')?.()).resolves.toBeUndefined();
    await expect(tests.get('breaks')?.()).rejects.toBe(failure);
  });

  it('rejects a contract without a case, whose group would pass', () => {
    expect(() => {
      registerContract('a thing', [], { describe, it });
    }).toThrow(new RangeError('The contract of "a thing" has no case'));
  });
});

it('what does not happen within the patience is a failed assertion', async () => {
  await expect(withinPatience(new Promise(() => undefined), 1, 'answers')).rejects.toThrow(
    new AssertionError({ message: '"answers" did not happen within 1 ms (patienceMs of the setup)' }),
  );
});

it('a process that stood still for longer than the patience still has the rest of it', async () => {
  const waited = withinPatience(afterTurns(), 50, 'answers');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
  await waited;
});

it('what happens in time is waited for, with its failure, and no timer is left', async () => {
  const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const before = timers();
  const failure = new Error('it failed');
  await expect(withinPatience(Promise.reject(failure), 60_000, 'fails')).rejects.toBe(failure);
  await withinPatience(Promise.resolve(), 60_000, 'ends');
  expect(timers()).toBe(before);
});
