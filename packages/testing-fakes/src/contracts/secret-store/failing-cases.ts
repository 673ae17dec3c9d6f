import { check, checkFails, checkFields, checkSame, leavingCaller, planting } from '../checks.ts';
import { afterTurns } from '../../host-time.ts';
import { originalOf } from '../watched-calls.ts';
import {
  casesWith,
  checkAnswersAgain,
  type HookedSecretStore,
  type SecretStoreCase,
  type SecretStoreFixture,
  secretStorePromises as promises,
} from './secret-store-under-test.ts';

/** More turns of the event loop than a read over a local connection takes. */
const maxTurns = 12;

/** Turns in which many reads arrive. */
const maxArrivalTurns = 500;
const maxTries = 3;

const wanted = 'wanted';
const missing = 'missing';
const added = 'added';
const other = 'other';
/** More than a pool of connections has room for. */
const manyNames = Array.from({ length: 128 }, (_, index) => `none-${index}`);

/** What a store does when it is changed, or cannot answer. `fieldsOf` makes fields in the shape of the store. */
export function failingCases(
  fieldsOf: (name: string, value: string) => Record<string, string>,
): readonly SecretStoreCase[] {
  const fields = fieldsOf(wanted, planting('m6+Rt.9w~Qz*Kd=4b%Xh'));
  const secrets = { wanted: fields };
  const newFields = fieldsOf(wanted, 'new-value');

  const checkRejects = async (
    { store, secrets: planted = [] }: SecretStoreFixture,
    name: string,
  ): Promise<void> => {
    const what = `The read of "${name}" when the store cannot answer`;
    await checkFails(store.get(name), what, [...Object.values(fields), ...planted]);
  };
  const checkCannotAnswer = async (fixture: SecretStoreFixture): Promise<void> => {
    fixture.store.invalidate?.();
    await checkRejects(fixture, wanted);
    await checkRejects(fixture, missing);
  };

  /** How many of many reads without a response were abandoned before another read, of a back end that answers again, had its response. */
  const abandonedMeanwhile = async (fixture: HookedSecretStore): Promise<number> => {
    const { store } = fixture;
    // Not watched: these are to be no calls that have not settled.
    const hanging = originalOf(store) as typeof store;
    const { signal, leave } = leavingCaller();
    const readsBefore = readsOf(fixture) ?? 0;
    await fixture.hang();
    let abandoned = 0;
    const silent = manyNames.map((name) =>
      hanging.get(name, { signal }).catch(() => {
        abandoned++;
      }),
    );
    // What waits for others does not arrive.
    const haveArrived = (): boolean => (readsOf(fixture) ?? 0) >= readsBefore + manyNames.length;
    for (let turns = 0; turns < maxArrivalTurns && !haveArrived(); turns++) await afterTurns(1);
    await fixture.mend();
    store.invalidate?.();
    const result = await store.get(other).then(
      () => abandoned,
      () => manyNames.length,
    );
    leave();
    await Promise.all(silent);
    return result;
  };

  return [
    ...casesWith(secrets)(promises.invalidate, {
      'gives the new value after a change and invalidate': async (fixture) => {
        const { store } = fixture;
        await store.get(wanted);
        await store.get(added);
        await fixture.replace({ wanted: newFields, added: fieldsOf(added, 'value') });
        store.invalidate?.();
        checkFields(await store.get(wanted), newFields, 'the changed secret');
        checkFields(await store.get(added), fieldsOf(added, 'value'), 'the secret that was added');
        await fixture.replace({});
        store.invalidate?.();
        check((await store.get(wanted)) === undefined, 'A secret that was removed must be undefined');
      },
      'remembers no response to a read from before invalidate': async (fixture) => {
        const { store } = fixture;
        // At one of these moments the read is answered and has not come to its end.
        for (let turns = 0; turns < maxTurns; turns++) {
          // The next caller comes before, or only after the old read has come to its end.
          for (const comesBefore of [true, false]) {
            const next = comesBefore ? newFields : fields;
            const before = store.get(wanted);
            await afterTurns(turns);
            await fixture.replace({ wanted: next });
            store.invalidate?.();
            const after = comesBefore ? store.get(wanted) : undefined;
            await before;
            checkFields(await (after ?? store.get(wanted)), next, 'the secret, asked for after invalidate');
            store.invalidate?.();
          }
        }
      },
    }),
    ...casesWith(secrets)([promises.invalidate, 'canCountReads'], {
      'reads nothing by being invalidated': async (fixture) => {
        const { store } = fixture;
        await store.get(missing);
        const readsOfOne = fixture.reads();
        store.invalidate?.();
        await afterTurns(maxTurns);
        store.invalidate?.();
        await store.get(missing);
        checkSame(fixture.reads(), 2 * readsOfOne, 'The number of reads of two callers');
      },
    }),
    ...casesWith(secrets)([promises.outcomes, 'canFail'], {
      'rejects, and never says "not there", when it cannot answer': async (fixture) => {
        await fixture.break();
        await checkCannotAnswer(fixture);
      },
    }),
    ...casesWith(secrets)([promises.cannot, 'canAnswerMalformed'], {
      'rejects, and never says "not there", when the response makes no sense': async (fixture) => {
        for (const name of [wanted, missing]) await fixture.store.get(name);
        await fixture.answerMalformed();
        await checkCannotAnswer(fixture);
      },
    }),
    ...casesWith(secrets)([promises.cannot, 'canHang'], {
      'rejects within a time of its own when the back end is silent': async (fixture) => {
        const { store } = fixture;
        await store.get(wanted);
        await fixture.hang();
        store.invalidate?.();
        // One read: its deadline may be nearly as long as the patience.
        await checkRejects(fixture, wanted);
        await checkAnswersAgain(fixture, wanted);
      },
    }),
    ...casesWith(secrets)([promises.stale, 'canFail'], {
      'rejects when it cannot answer, although it could before': async (fixture) => {
        const { store } = fixture;
        for (const name of [wanted, missing]) await store.get(name);
        await fixture.break();
        const readsBefore = readsOf(fixture);
        const given = await store.get(wanted).catch(() => undefined);
        await afterTurns(maxTurns);
        // A store with `invalidate` may remember, as long as it does not ask.
        const mayRemember = store.invalidate !== undefined && readsOf(fixture) === readsBefore;
        check(given === undefined || mayRemember, 'It gave a value of before in place of an error');
        await checkCannotAnswer(fixture);
      },
    }),
    ...casesWith({ ...secrets, other: fieldsOf(other, 'other-value') })(
      [promises.apart, 'canHang', 'canMend'],
      {
        'answers a read while many others get no response': async (fixture) => {
          // On a busy machine the deadline of some may end meanwhile, but not each time.
          for (let tries = 0; tries < maxTries; tries++)
            if ((await abandonedMeanwhile(fixture)) === 0) return;
          check(
            false,
            'A read was answered only when others had been abandoned: let no read wait for others',
          );
        },
      },
    ),
    ...casesWith(secrets)([promises.apart, 'canFail', 'canMend'], {
      'answers after many reads that failed': async (fixture) => {
        const { store } = fixture;
        await fixture.break();
        await Promise.all(manyNames.map((name) => store.get(name).catch(() => undefined)));
        await fixture.mend();
        await store.get(wanted);
      },
    }),
    ...casesWith(secrets)(promises.apart, {
      'answers after many reads that found nothing, and after many whose callers have left': async ({
        store,
      }) => {
        await Promise.all(manyNames.map((name) => store.get(name).catch(() => undefined)));
        await store.get(wanted);
        const { signal, leave } = leavingCaller();
        const left = manyNames.map((name) => store.get(name, { signal }).catch(() => undefined));
        await afterTurns(1);
        leave();
        await Promise.all(left);
        await store.get(wanted);
      },
    }),
  ];
}

function readsOf(fixture: SecretStoreFixture): number | undefined {
  return fixture.reads?.();
}
