import { afterTurns } from '../host-time.ts';
import { check, checkFails, checkFields, checkSame } from './checks.ts';
import { checkPrintsNone } from './left-behind.ts';
import {
  casesWith,
  type FieldsOf,
  type HookedSecretStore,
  type SecretStoreCase,
  type SecretStoreFixture,
  secretStorePromises as promises,
} from './secret-store-under-test.ts';

/** Turns of the event loop after which a read over a local connection is answered and has not come to its end, or has. */
const moments = [0, 3, 12];
/** More than a pool of connections has room for, and the turns in which they arrive. */
const manyNames = Array.from({ length: 128 }, (_, index) => `none-${index}`);
const maxArrivalTurns = 500;
const maxTries = 3;

/** What a store does when it is changed, or cannot answer. */
export function failingCases(fieldsOf: FieldsOf): readonly SecretStoreCase[] {
  const fields = fieldsOf('wanted', 'm6+Rt.9w~Qz*Kd=4b%Xh');
  const newFields = fieldsOf('wanted', 'new-value');
  const secrets = { wanted: fields, other: fieldsOf('other', 'other-value') };
  const cases = casesWith(secrets);

  const checkCannotAnswer = async ({ store, secrets: planted = [] }: SecretStoreFixture): Promise<void> => {
    store.invalidate?.();
    const hidden = [...Object.values(fields), ...planted];
    await Promise.all(
      ['wanted', 'missing'].map((name) =>
        checkFails(store.get(name), `The read of "${name}" when the store cannot answer`, hidden),
      ),
    );
  };

  return [
    ...cases(promises.invalidate, {
      'gives the new value after a change and invalidate': async (fixture) => {
        const { store } = fixture;
        const added = fieldsOf('added', 'value');
        await Promise.all([store.get('wanted'), store.get('added')]);
        await fixture.replace({ wanted: newFields, added });
        store.invalidate?.();
        const after = await Promise.all([store.get('wanted'), store.get('added')]);
        checkFields(after[0], newFields, 'the changed secret');
        checkFields(after[1], added, 'the secret that was added');
        await fixture.replace({});
        store.invalidate?.();
        check((await store.get('wanted')) === undefined, 'A secret that was removed must be undefined');
      },
      'remembers no response to a read from before invalidate': async (fixture) => {
        const { store } = fixture;
        for (const turns of moments) {
          await fixture.replace({ wanted: fields });
          store.invalidate?.();
          const before = store.get('wanted');
          await afterTurns(turns);
          await fixture.replace({ wanted: newFields });
          store.invalidate?.();
          const after = store.get('wanted');
          await before;
          checkFields(await after, newFields, 'the secret, asked for after invalidate');
          checkFields(await store.get('wanted'), newFields, 'the secret, asked for again after invalidate');
        }
      },
    }),
    ...cases([promises.invalidate, 'canCountReads'], {
      'reads nothing by being invalidated': async (fixture) => {
        await fixture.store.get('missing');
        const readsOfOne = fixture.reads();
        fixture.store.invalidate?.();
        fixture.store.invalidate?.();
        await fixture.store.get('missing');
        checkSame(fixture.reads(), 2 * readsOfOne, 'The number of reads of two callers');
      },
    }),
    ...cases([promises.outcomes, 'canFail'], {
      'rejects, and never says "not there", when it cannot answer': async (fixture) => {
        await fixture.break();
        await checkCannotAnswer(fixture);
      },
    }),
    ...cases([promises.printed, 'canFail'], {
      'prints no secret when it cannot answer': async (fixture) => {
        const { store, secrets: planted = [] } = fixture;
        await fixture.break();
        await checkPrintsNone(async () => {
          await store.get('wanted').catch(() => undefined);
          return [...Object.values(fields), ...planted];
        });
      },
    }),
    ...cases([promises.stale, 'canFail'], {
      'rejects when it cannot answer, although it could before': async (fixture) => {
        const { store } = fixture;
        await Promise.all([store.get('wanted'), store.get('missing')]);
        await fixture.break();
        // A store with `invalidate` may remember.
        if (store.invalidate === undefined) await checkFails(store.get('wanted'), 'The read', []);
        await checkCannotAnswer(fixture);
      },
    }),
    ...cases([promises.cannot, 'canAnswerMalformed'], {
      'rejects, and never says "not there", when the response makes no sense': async (fixture) => {
        await Promise.all([fixture.store.get('wanted'), fixture.store.get('missing')]);
        await fixture.answerMalformed();
        await checkCannotAnswer(fixture);
      },
    }),
    ...cases([promises.cannot, 'canHang'], {
      'rejects within a time of its own when the back end is silent': async (fixture) => {
        await fixture.hang();
        await checkFails(fixture.store.get('wanted'), 'The read of a silent back end', []);
      },
    }),
    ...cases([promises.apart, 'canHang', 'canMend'], {
      'answers a read while many others get no response': async (fixture) => {
        // On a busy machine the deadline of some may end meanwhile, but not each time.
        for (let tries = 0; tries < maxTries; tries++)
          if ((await abandonedBeforeAnother(fixture)) === 0) return;
        check(false, 'A read was answered only when others had been abandoned: let no read wait for others');
      },
      'lets nobody join a read that gets no response': async (fixture) => {
        const { store } = fixture;
        await fixture.hang();
        const controller = new AbortController();
        const silent = store.get('wanted', controller).catch(() => undefined);
        await afterTurns();
        await fixture.mend();
        checkFields(await store.get('wanted'), fields, 'the secret');
        controller.abort();
        await silent;
      },
    }),
    ...cases([promises.apart, 'canFail', 'canMend'], {
      'answers after many reads that failed': async (fixture) => {
        const { store } = fixture;
        await fixture.break();
        await Promise.allSettled(manyNames.map((name) => store.get(name)));
        await fixture.mend();
        checkFields(await store.get('wanted'), fields, 'the secret');
      },
    }),
    ...cases(promises.apart, {
      'answers after many reads that found nothing, and after many whose callers have left': async ({
        store,
      }) => {
        // On a busy machine the deadline of some may end.
        await Promise.allSettled(manyNames.map((name) => store.get(name)));
        checkFields(await store.get('wanted'), fields, 'the secret');
        const controller = new AbortController();
        const { signal } = controller;
        const left = Promise.allSettled(manyNames.map((name) => store.get(name, { signal })));
        await afterTurns(1);
        controller.abort();
        await left;
        checkFields(await store.get('wanted'), fields, 'the secret, read again');
      },
    }),
  ];
}

/** How many of many reads without a response were abandoned before another read, of a back end that answers again, had its response. */
async function abandonedBeforeAnother(fixture: HookedSecretStore): Promise<number> {
  const { store } = fixture;
  const controller = new AbortController();
  const { signal } = controller;
  // The hook is not announced by every setup.
  const reads = (): number => (fixture as SecretStoreFixture).reads?.() ?? 0;
  const readsBefore = reads();
  await fixture.hang();
  let abandoned = 0;
  const silent = manyNames.map((name) => store.get(name, { signal }).catch(() => abandoned++));
  // What waits for others does not arrive.
  const haveArrived = (): boolean => reads() >= readsBefore + manyNames.length;
  for (let turns = 0; turns < maxArrivalTurns && !haveArrived(); turns++) await afterTurns(1);
  await fixture.mend();
  store.invalidate?.();
  const result = await store.get('other').then(
    () => abandoned,
    () => manyNames.length,
  );
  controller.abort();
  await Promise.all(silent);
  return result;
}
