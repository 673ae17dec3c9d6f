import { afterTurns } from '../host-time.ts';
import { checkFields, checkHasLeft, checkLeaves, checkSame } from './checks.ts';
import { checkEndsConnections, checkHandlesRejections, checkHasNoListener } from './left-behind.ts';
import {
  casesWith,
  type FieldsOf,
  type SecretStoreCase,
  secretStorePromises as promises,
} from './secret-store-under-test.ts';

/** What a store does for a caller who leaves, and what it leaves with one who goes on. */
export function leavingCases(fieldsOf: FieldsOf, canFail = false): readonly SecretStoreCase[] {
  const fields = fieldsOf('wanted', 'the-secret-value');
  const cases = casesWith({ wanted: fields });
  return [
    ...cases(promises.signal, {
      "rejects with the signal's reason when that was aborted before": ({ store }) =>
        checkHasLeft((signal) => store.get('wanted', { signal })),
      "rejects with the signal's reason when that is aborted during the read, and harms no other read":
        async ({ store }) => {
          const leaves = checkLeaves((signal) => store.get('wanted', { signal }));
          const stayed = store.get('wanted');
          // A store of this process may have read already.
          await leaves.catch((error: unknown) => {
            if (canFail) throw error;
          });
          checkFields(await stayed, fields, 'the secret of who stayed');
        },
    }),
    ...cases([promises.signal, 'canCountReads'], {
      'asks its back end nothing for a caller who has left already': async (fixture) => {
        const { store } = fixture;
        await store.get('wanted', { signal: AbortSignal.abort() }).catch(() => undefined);
        await store.get('missing');
        const readsOfOne = fixture.reads();
        await store.get('missing-too');
        checkSame(fixture.reads(), 2 * readsOfOne, 'The number of reads of two callers who stayed');
      },
    }),
    ...cases([promises.signal, 'canHang'], {
      "rejects with the signal's reason when that is aborted while the back end is silent": async (
        fixture,
      ) => {
        await fixture.hang();
        await checkLeaves((signal) => fixture.store.get('wanted', { signal }), afterTurns);
      },
    }),
    ...cases([promises.process, 'canHang'], {
      'ends the connection of a caller who leaves while the back end is silent': async (fixture) => {
        await fixture.hang();
        await checkEndsConnections(() =>
          checkLeaves((signal) => fixture.store.get('wanted', { signal }), afterTurns),
        );
      },
    }),
    ...cases([promises.process, 'canFail'], {
      'leaves no rejection unhandled when the caller has left before the read fails': async (fixture) => {
        const { store } = fixture;
        await fixture.break();
        await checkHandlesRejections(async () => {
          await checkLeaves((signal) => store.get('wanted', { signal })).catch(() => undefined);
          // Asked later: when it has failed, the read that was left has failed as well.
          await store.get('wanted').catch(() => undefined);
        });
      },
    }),
    ...cases(promises.listeners, {
      'leaves no listener on the signal of a caller who goes on': async ({ store }) => {
        const { signal } = new AbortController();
        await Promise.all(['wanted', 'missing'].map((name) => store.get(name, { signal })));
        await checkHasNoListener(signal);
      },
    }),
    ...cases([promises.listeners, 'canFail'], {
      'leaves no listener on the signal of a caller whose read failed': async (fixture) => {
        const { signal } = new AbortController();
        await fixture.break();
        await fixture.store.get('wanted', { signal }).catch(() => undefined);
        await checkHasNoListener(signal);
      },
    }),
  ];
}
