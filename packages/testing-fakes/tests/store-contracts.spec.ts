import { describe, expect, it } from 'vitest';
import { type ContractCase, credentialSourceContract, type CredentialSourceFixture } from '../src/index.ts';

type Pair = Readonly<Record<'clientId' | 'clientSecret', string>>;

async function failing(cases: readonly ContractCase[]): Promise<readonly string[]> {
  const names: string[] = [];
  for (const contract of cases) await contract.run().catch(() => names.push(contract.name));
  return names;
}

class HiddenPair {
  readonly clientId: string;
  readonly source = 'a test';
  readonly #clientSecret: string;

  constructor(clientId: string, clientSecret: string) {
    this.clientId = clientId;
    this.#clientSecret = clientSecret;
  }

  get clientSecret(): string {
    return this.#clientSecret;
  }
}

/** A right source; `wrong` replaces one of its behaviours. */
function source(
  first: Pair,
  wrong: 'shows' | 'forgets' | 'keeps' | 'storms' | undefined,
): CredentialSourceFixture {
  let stored: Pair | undefined = first;
  let remembered: Promise<Pair & { readonly source: string }> | undefined;
  let reads = 0;
  const read = async (): Promise<Pair & { readonly source: string }> => {
    reads += 1;
    await Promise.resolve();
    if (stored === undefined) throw new Error('none');
    const { clientId, clientSecret } = stored;
    if (wrong === 'shows') return { clientId, clientSecret, source: 'a test' };
    return new HiddenPair(clientId, clientSecret);
  };
  return {
    source: {
      async get(options) {
        options?.signal?.throwIfAborted();
        if (wrong === 'forgets' || wrong === 'storms') remembered = undefined;
        remembered ??= read();
        const mine = remembered;
        mine.catch(() => (remembered = undefined));
        const found = await mine;
        options?.signal?.throwIfAborted();
        return found;
      },
      invalidate: () => {
        if (wrong !== 'keeps') remembered = undefined;
      },
    },
    replace: (next) => {
      stored = next;
    },
    reads: () => reads,
  };
}

describe('credentialSourceContract', () => {
  const contract = (wrong: Parameters<typeof source>[1]): readonly ContractCase[] =>
    credentialSourceContract({ create: (pair) => source(pair, wrong) });

  it('passes a right source', async () => {
    expect(await failing(contract(undefined))).toEqual([]);
  });

  it.each([
    ['shows', 'shows no secret when its credentials or itself are inspected or turned into JSON'],
    ['forgets', 'remembers the credentials until invalidate'],
    ['keeps', 'reads the store again after invalidate'],
    ['storms', 'reads the store once for many callers at the same time'],
  ] as const)('catches a source that %s', async (wrong, name) => {
    expect(await failing(contract(wrong))).toContain(name);
  });
});
