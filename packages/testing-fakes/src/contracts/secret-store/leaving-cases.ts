import timers from 'node:timers/promises';
import {
  check,
  checkRejectsWith,
  checkSame,
  leaveAtOnce,
  leaveInTurn,
  leavingCaller,
  rejection,
} from '../checks.ts';
import { withFasterTimers } from '../faster-timers.ts';
import { checkEndsConnections } from '../kept-alive.ts';
import { afterTurns } from '../../host-time.ts';
import {
  casesWith,
  checkAnswersAgain,
  type SecretStoreCase,
  secretStorePromises as promises,
} from './secret-store-under-test.ts';

/** Turns in which a read of a local back end has failed. */
const failedTurns = 12;
/** A second is a quarter of an hour by them. */
const slower = 1 / 1_000;
/** How long a read that was abandoned may take to reject, in ms, beside other load. */
const maxLeavingMs = 2_000;
// Not the global, and as it is now: a suite may put fake timers in its place.
const { setTimeout: sleep } = timers;

const wanted = 'wanted';
const missing = 'missing';

/** What a store does for a caller who leaves. `fieldsOf` makes fields in the shape of the store. */
export function leavingCases(
  canFail: boolean | undefined,
  fieldsOf: (name: string, value: string) => Record<string, string>,
): readonly SecretStoreCase[] {
  const secrets = { wanted: fieldsOf(wanted, 'the-secret-value') };

  return [
    ...casesWith(secrets)(promises.signal, {
      "rejects with the signal's reason when that was aborted before": async ({ store }) => {
        const { signal, reason, leave } = leavingCaller('a reason that is no Error');
        leave();
        await checkRejectsWith(store.get(wanted, { signal }), reason, 'The read');
      },
      "rejects with the signal's reason when that is aborted during the read, and harms no other read":
        async ({ store }) => {
          const { signal, reason, leave } = leavingCaller();
          const left = store.get(wanted, { signal });
          const stayed = store.get(wanted);
          leave();
          // A store of this process may have read already.
          if (canFail === true) await checkRejectsWith(left, reason, 'The read');
          else await left.catch(() => undefined);
          await stayed;
        },
    }),
    ...casesWith(secrets)([promises.signal, 'canCountReads'], {
      'asks its back end nothing for a caller who has left already': async (fixture) => {
        const { store } = fixture;
        await store.get(wanted, { signal: AbortSignal.abort() }).catch(() => undefined);
        await store.get(missing);
        const readsOfOne = fixture.reads();
        await store.get(`${missing}-too`);
        checkSame(fixture.reads(), 2 * readsOfOne, 'The number of reads of two callers who stayed');
      },
    }),
    ...casesWith(secrets)([promises.signal, 'canHang'], {
      "rejects with the signal's reason when that is aborted while the back end is silent": async (
        fixture,
      ) => {
        const { store } = fixture;
        await fixture.hang();
        store.invalidate?.();
        await leaveInTurn((signal) => store.get(wanted, { signal }));
        await checkAnswersAgain(fixture, wanted);
      },
    }),
    ...casesWith(secrets)([promises.process, 'canHang'], {
      'ends the connection of a caller who leaves while the back end is silent': async (fixture) => {
        const { store } = fixture;
        await fixture.hang();
        store.invalidate?.();
        await checkEndsConnections(async () => {
          const { signal, leave } = leavingCaller();
          const left = rejection(store.get(wanted, { signal }), 'The read');
          await afterTurns();
          leave();
          await left;
        });
      },
    }),
    ...casesWith(secrets)([promises.signal, 'canFail'], {
      'rejects when that is aborted while the back end fails, and waits for no other try': async (
        fixture,
      ) => {
        await fixture.break();
        fixture.store.invalidate?.();
        const hasLeft = await withFasterTimers(slower, async () => {
          const { signal, leave } = leavingCaller();
          const left = rejection(fixture.store.get(wanted, { signal }), 'The failed read').then(() => true);
          await afterTurns(failedTurns);
          leave();
          return await Promise.race([left, sleep(maxLeavingMs, false)]);
        });
        check(hasLeft, 'The read waited on, though its signal was aborted: end what it waits for');
      },
    }),
    ...casesWith(secrets)(promises.listeners, {
      'leaves no listener on the signal of a caller who goes on': async ({ store }) => {
        const { signal } = new AbortController();
        for (const name of [wanted, missing, wanted]) await store.get(name, { signal });
      },
    }),
    ...casesWith(secrets)([promises.listeners, 'canFail'], {
      'leaves no listener on the signal of a caller whose read failed': async (fixture) => {
        await fixture.break();
        const { signal } = new AbortController();
        await fixture.store.get(wanted, { signal }).catch(() => undefined);
      },
    }),
    ...casesWith(secrets)([promises.signal, 'canFail'], {
      'leaves no rejection unhandled when the caller has left before the read fails': async (fixture) => {
        await fixture.break();
        fixture.store.invalidate?.();
        await leaveAtOnce((signal) => fixture.store.get(wanted, { signal }));
        // Asked later: when it has failed, the read that was left has failed as well.
        await fixture.store.get(wanted).catch(() => undefined);
        await afterTurns();
      },
    }),
  ];
}
