import { describe, expect, it } from 'vitest';
import { chooseComponent } from '../src/dapr/choose-component.ts';
import { AmbiguousSecretStoreError } from '../src/dapr/errors.ts';
import type { DaprComponent } from '@worker-auth/internal';

const configured = 'deployment-secret-store';
const builtIn = { name: 'kubernetes', type: 'secretstores.kubernetes' };
const vault = { name: 'vault', type: 'secretstores.hashicorp.vault' };
const file = { name: 'file', type: 'secretstores.local.file' };
const deployment = { name: configured, type: 'secretstores.local.env' };
const odd = { name: 'x', type: 'SecretStores.local.env' };
const mine = { ...builtIn, name: 'mine' };
const alike = { ...vault, name: 'kubernetes' };
const otherCase = { ...builtIn, type: 'SecretStores.Kubernetes' };
const state = { name: 'statestore', type: 'state.redis' };

const choices: readonly [
  what: string,
  components: readonly DaprComponent[],
  wanted: string,
  chosen: DaprComponent,
][] = [
  ['the one of the configured name', [vault, deployment], configured, deployment],
  ['the only one a user defined', [state, vault], configured, vault],
  ['the one a user defined, not the built-in one', [builtIn, vault], configured, vault],
  ['the built-in one when it is named', [builtIn, vault], 'kubernetes', builtIn],
  ['a type in another case', [odd], configured, odd],
  ["a user's own Kubernetes store", [builtIn, mine], configured, mine],
  ["a user's own store that is called as the built-in one", [state, alike], configured, alike],
  ['no built-in store in another case', [otherCase, vault], configured, vault],
];

describe('chooseComponent', () => {
  it.each(choices)('takes %s', (_what, components, wanted, chosen) => {
    expect(chooseComponent(components, wanted)).toEqual(chosen);
  });

  it('lists the candidates, and guesses none, when there are two', () => {
    const choose = (): unknown => chooseComponent([builtIn, vault, file], configured);
    expect(choose).toThrow(AmbiguousSecretStoreError);
    expect(choose).toThrow(`no secret store component "${configured}", and several others: "vault", "file"`);
    expect(choose).toThrow('Set WORKER_AUTH_SECRET_COMPONENT to the one to use');
    expect(choose).toThrow(
      expect.objectContaining({ code: 'SECRET_STORE_AMBIGUOUS_COMPONENT', candidates: ['vault', 'file'] }),
    );
  });

  it.each([
    ['the name to call it', [], `call it "${configured}".`],
    [
      'the built-in store, where there is one',
      [builtIn],
      `call it "${configured}", or name the built-in "kubernetes" store with WORKER_AUTH_SECRET_COMPONENT.`,
    ],
  ])('says what to do: %s', (_what, components, words) => {
    const message = expect.stringContaining(words) as string;
    expect(() => chooseComponent(components, configured)).toThrow(
      expect.objectContaining({ code: 'SECRET_STORE_NO_COMPONENT', message }),
    );
  });
});
