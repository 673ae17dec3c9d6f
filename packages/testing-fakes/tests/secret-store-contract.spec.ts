import { describe, expect, it, onTestFinished } from 'vitest';
import type { ContractCase } from '../src/contracts/contract-case.ts';
import { secretStoreContract } from '../src/contracts/secret-store-contract.ts';
import { afterTurns } from '../src/host-time.ts';
import { LoopbackServer } from '../src/server/loopback-server.ts';
import { brokenFailing } from './broken/secret-store/failing.ts';
import { brokenReading } from './broken/secret-store/reading.ts';
import { bare, brokenPromises, expectNoticed, faultsOf, patienceOf } from './support/broken-promises.ts';
import { deadlines, type ModelSecretStore, secretStoreFixture } from './support/model-secret-store.ts';

const setup = {
  shape: 'map',
  ...{ canFail: true, canMend: true, canHang: true, canAnswerMalformed: true, canCountReads: true },
} as const;

function contractOf(
  breakIt?: (store: ModelSecretStore) => void,
  patienceMs = patienceOf(),
  silenceTurns = deadlines.right,
): readonly ContractCase[] {
  return secretStoreContract({
    ...setup,
    patienceMs,
    create: (secrets) => secretStoreFixture(secrets, breakIt, silenceTurns),
  });
}

describe('secretStoreContract', () => {
  it('is kept by a small store that is right', async () => {
    expect(await brokenPromises(contractOf())).toEqual([]);
  });

  it('is kept where fixtures have no hooks', async () => {
    const cases = secretStoreContract({
      shape: 'map',
      create: (secrets) => {
        const hooks = ['break', 'mend', 'hang', 'answerMalformed', 'reads'] as const;
        return bare(secretStoreFixture(secrets), hooks, () => undefined);
      },
    });
    expect(await brokenPromises(cases)).toEqual([]);
  });

  it('is kept where reads are not counted', async () => {
    const cases = secretStoreContract({
      ...setup,
      canCountReads: false,
      patienceMs: patienceOf(),
      create: (secrets) => bare(secretStoreFixture(secrets), ['reads'], () => undefined),
    });
    expect(await brokenPromises(cases)).toEqual([]);
  });

  it('is kept by a store that remembers until invalidate', async () => {
    const remembering = (store: ModelSecretStore): void => {
      let known = new Map<string, Awaited<ReturnType<typeof store.read>>>();
      const read = store.read.bind(store);
      const invalidate = (): void => {
        known = new Map();
      };
      Object.assign(store, { invalidate });
      store.read = async (name) => {
        const mine = known;
        const fields = mine.get(name) ?? (await read(name));
        mine.set(name, fields);
        return fields && { ...fields };
      };
    };
    expect(await brokenPromises(contractOf(remembering))).toEqual([]);
  });

  it('is kept by a store that gives the fields in an order of its own', async () => {
    const reversed = (store: ModelSecretStore): void => {
      const fields = store.fields.bind(store);
      store.fields = (all) => fields(Object.fromEntries(Object.entries(all).reverse()));
    };
    expect(await brokenPromises(contractOf(reversed))).toEqual([]);
  });

  it('needs one read to see that a store has a deadline, which may be as long as its patience', async () => {
    const bySilence = 'rejects within a time of its own when the back end is silent';
    const fixtures: ReturnType<typeof secretStoreFixture>[] = [];
    const cases = secretStoreContract({
      ...setup,
      create: (secrets) => {
        const fixture = secretStoreFixture(secrets, undefined, 1);
        fixtures.push(fixture);
        return fixture;
      },
    });
    await cases.find(({ name }) => name === bySilence)?.run();
    // On a busy machine the deadline may be over before the read has come to the back end.
    await expect.poll(() => fixtures.map((fixture) => fixture.reads?.())).toEqual([1]);
  });

  it('makes few reads one after the other: a store may take 200 ms for each', async () => {
    const waiting: (() => void)[] = [];
    const slow = (store: ModelSecretStore): void => {
      const read = store.read.bind(store);
      store.read = async (name) => {
        await new Promise<void>((resolve) => waiting.push(resolve));
        return await read(name);
      };
    };
    const reads: number[] = [];
    for (const contract of contractOf(slow, undefined, deadlines.broken)) {
      let inTurn = 0;
      let running = 1;
      const run = contract.run().finally(() => running--);
      while (running > 0) {
        await afterTurns();
        if (waiting.length > 0) inTurn++;
        for (const goOn of waiting.splice(0)) goOn();
      }
      await run;
      reads.push(inTurn);
    }
    expect(Math.max(...reads)).toBeLessThanOrEqual(4_000 / 200 / 2);
  });

  it('is kept by a store that hands the signal on to fetch', async () => {
    const server = await LoopbackServer.start(({ url = '' }, response) => {
      const fields = content[decodeURIComponent(url.slice(1))];
      response.statusCode = fields === undefined ? 404 : 200;
      response.end(JSON.stringify(fields));
    });
    onTestFinished(() => server.stop());
    let content: Readonly<Record<string, Readonly<Record<string, string>>>> = {};
    const cases = secretStoreContract({
      shape: 'value',
      create: (secrets) => {
        const replace = (next: typeof content): void => {
          const isFull = (fields: Readonly<Record<string, string>>): boolean =>
            Object.values(fields).every((value) => value !== '');
          content = Object.assign(
            Object.create(null) as object,
            Object.fromEntries(Object.entries(next).filter(([, fields]) => isFull(fields))),
          );
        };
        replace(secrets);
        return {
          replace,
          store: {
            get: async (name, options) => {
              const response = await fetch(`${server.url}/${encodeURIComponent(name)}`, {
                signal: options?.signal ?? null,
              });
              const body = await response.text();
              return response.status === 404 ? undefined : (JSON.parse(body) as Record<string, string>);
            },
          },
        };
      },
    });
    expect(await brokenPromises(cases)).toEqual([]);
  });

  it.each([brokenReading, brokenFailing].flatMap(faultsOf))('notices a store that $fault', (fault) =>
    expectNoticed(fault, (breakIt, patienceMs) => contractOf(breakIt, patienceMs, deadlines.broken)),
  );
});
