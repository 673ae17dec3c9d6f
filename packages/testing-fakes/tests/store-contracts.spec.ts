import { describe, expect, it } from 'vitest';
import {
  type ContractCase,
  credentialSourceContract,
  type CredentialSourceFixture,
  secretStoreContract,
  type SecretStoreFixture,
} from '../src/index.ts';

type Secrets = Readonly<Record<string, Readonly<Record<string, string>>>>;
type Pair = Readonly<Record<'clientId' | 'clientSecret', string>>;

/** A right store; `wrong` replaces one of its behaviours. */
function store(
  secrets: Secrets,
  wrong: Partial<Record<'missing' | 'empty' | 'broken' | 'abort' | 'stale', true>>,
): SecretStoreFixture {
  let content = new Map(Object.entries(secrets));
  let isBroken = false;
  return {
    store: {
      async get(name, options) {
        await Promise.resolve();
        if (wrong.abort !== true) options?.signal?.throwIfAborted();
        if (isBroken && wrong.broken !== true) throw new Error('broken');
        const fields = isBroken ? undefined : content.get(name);
        if (fields === undefined) return wrong.missing === true ? {} : undefined;
        return Object.values(fields).every((value) => value === '') && wrong.empty !== true
          ? undefined
          : fields;
      },
    },
    replace: (next) => {
      if (wrong.stale !== true) content = new Map(Object.entries(next));
    },
    break: () => {
      isBroken = true;
    },
  };
}

async function failing(cases: readonly ContractCase[]): Promise<readonly string[]> {
  const names: string[] = [];
  for (const contract of cases) await contract.run().catch(() => names.push(contract.name));
  return names;
}

describe('secretStoreContract', () => {
  const contract = (wrong: Parameters<typeof store>[1]): readonly ContractCase[] =>
    secretStoreContract({ shape: 'map', canFail: true, create: (secrets) => store(secrets, wrong) });

  it('passes a right store', async () => {
    expect(await failing(contract({}))).toEqual([]);
  });

  it.each([
    ['missing', 'gives undefined for a secret that is not there'],
    ['empty', 'takes an empty value for one that is not there'],
    ['broken', 'rejects, and never says "not there", when it cannot answer'],
    ['abort', "rejects with the signal's reason when that was aborted before"],
    ['stale', 'gives the new value after a change and invalidate'],
  ] as const)('catches a store that is wrong about "%s"', async (wrong, name) => {
    expect(await failing(contract({ [wrong]: true }))).toContain(name);
  });
});

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
