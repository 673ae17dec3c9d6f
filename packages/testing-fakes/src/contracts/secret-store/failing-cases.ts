import { check, checkFields, checkRejectsWith, checkSame, rejection } from '../checks.ts';
import { afterTurns } from '../host-time.ts';
import { everythingShown } from '../../leaks/everything-shown.ts';
import { leavesUnhandled } from '../../unhandled-rejections.ts';
import {
  type SecretStoreCase,
  type SecretStoreFixture,
  secretStorePromises as promises,
} from './secret-store-under-test.ts';

/** More turns of the event loop than a read over a local connection takes. */
const maxTurns = 12;

/** What a store does when it is changed, given up, or cannot answer. `fieldsOf` makes fields in the shape of the store. */
export function failingCases(
  canFail: boolean,
  fieldsOf: (name: string, value: string) => Record<string, string>,
): readonly SecretStoreCase[] {
  const fields = fieldsOf('wanted', 'the-secret-value');
  const secrets = { wanted: fields };
  const newFields = fieldsOf('wanted', 'new-value');

  const checkCannotAnswer = async ({ store, secrets: planted = [] }: SecretStoreFixture): Promise<void> => {
    store.invalidate?.();
    for (const name of ['wanted', 'missing']) {
      const error = await rejection(store.get(name), `The read of "${name}" when the store cannot answer`);
      const { message } = (error ?? {}) as { readonly message?: unknown };
      check(typeof message === 'string' && message !== '', 'What it rejects with must have a message');
      const shown = everythingShown(error);
      for (const secret of [...Object.values(fields), ...planted]) {
        check(!shown.includes(secret), 'The error shows a secret');
      }
    }
  };

  return [
    {
      name: 'gives the new value after a change and invalidate',
      promise: promises.invalidate,
      secrets,
      body: async (fixture) => {
        const { store } = fixture;
        await store.get('wanted');
        check((await store.get('added')) === undefined, 'A secret that is not there must be undefined');
        await fixture.replace({ wanted: newFields, added: fieldsOf('added', 'value') });
        store.invalidate?.();
        checkFields(await store.get('wanted'), newFields, 'the changed secret');
        checkFields(await store.get('added'), fieldsOf('added', 'value'), 'the secret that was added');
        await fixture.replace({ other: fieldsOf('other', 'value') });
        store.invalidate?.();
        check((await store.get('wanted')) === undefined, 'A secret that was removed must be undefined');
      },
    },
    {
      name: 'remembers no answer to a read from before invalidate',
      promise: promises.invalidate,
      secrets,
      body: async (fixture) => {
        const { store } = fixture;
        // At one of these moments the read is answered and has not come to its end.
        for (let round = 0; round < 2 * maxTurns; round++) {
          const next = fieldsOf('wanted', `value-${round}`);
          const before = store.get('wanted');
          await afterTurns(Math.ceil(round / 2));
          await fixture.replace({ wanted: next });
          store.invalidate?.();
          // The next caller comes before, or only after the old read has come to its end.
          const after = round % 2 === 0 ? store.get('wanted') : undefined;
          await before;
          if (after !== undefined) checkFields(await after, next, 'the secret, asked for after invalidate');
          checkFields(await store.get('wanted'), next, 'the secret, asked for once more');
          store.invalidate?.();
        }
      },
    },
    {
      name: "rejects with the signal's reason when that was aborted before",
      promise: promises.signal,
      secrets,
      body: async ({ store }) => {
        const reason = new Error('the caller left');
        const read = store.get('wanted', { signal: AbortSignal.abort(reason) });
        await checkRejectsWith(read, reason, 'The read');
        checkFields(await store.get('wanted'), fields, 'the secret, read by another caller');
      },
    },
    {
      name: 'asks its back end nothing for a caller who has left already',
      promise: promises.signal,
      needs: 'canCountReads',
      secrets,
      body: async (fixture) => {
        const { store } = fixture;
        const reason = new Error('the caller left');
        await rejection(store.get('wanted', { signal: AbortSignal.abort(reason) }), 'The read');
        await store.get('missing');
        const readsOfOne = fixture.reads?.() ?? 0;
        await store.get('nor-this');
        checkSame(fixture.reads?.(), 2 * readsOfOne, 'The number of reads of two callers who stayed');
      },
    },
    {
      name: "rejects with the signal's reason when that is aborted during the read, and harms no other read",
      promise: promises.signal,
      secrets,
      body: async ({ store }) => {
        const leaving = new AbortController();
        const reason = new Error('the caller left');
        const left = store.get('wanted', { signal: leaving.signal });
        const stayed = store.get('wanted');
        leaving.abort(reason);
        // A store of this process may have read already.
        if (canFail) await checkRejectsWith(left, reason, 'The read');
        else
          await left.catch((error: unknown) => {
            check(error === reason, 'The read rejects with another reason');
          });
        checkFields(await stayed, fields, 'the secret, read by another caller');
      },
    },
    {
      name: "rejects with the signal's reason when that is aborted while the back end is silent",
      promise: promises.signal,
      needs: 'canHang',
      secrets,
      body: async (fixture) => {
        const { store } = fixture;
        await fixture.hang?.();
        store.invalidate?.();
        const leaving = new AbortController();
        const reason = new Error('the caller left');
        const left = store.get('wanted', { signal: leaving.signal });
        const outcome = checkRejectsWith(left, reason, 'The read');
        await afterTurns();
        leaving.abort(reason);
        await outcome;
      },
    },
    {
      name: 'rejects, and never says "not there", when it cannot answer',
      promise: promises.outcomes,
      needs: 'canFail',
      secrets,
      body: async (fixture) => {
        await fixture.break?.();
        await checkCannotAnswer(fixture);
      },
    },
    {
      name: 'rejects, and never says "not there", when the answer makes no sense',
      promise: promises.cannot,
      needs: 'canAnswerMalformed',
      secrets,
      body: async (fixture) => {
        await fixture.answerMalformed?.();
        await checkCannotAnswer(fixture);
      },
    },
    {
      name: 'rejects within a time of its own when the back end is silent',
      promise: promises.cannot,
      needs: 'canHang',
      secrets,
      body: async (fixture) => {
        await fixture.hang?.();
        await checkCannotAnswer(fixture);
      },
    },
    {
      name: 'answers again as soon as its back end does',
      promise: promises.cannot,
      needs: 'canMend',
      secrets,
      body: async (fixture) => {
        await fixture.break?.();
        await checkCannotAnswer(fixture);
        await fixture.mend?.();
        checkFields(await fixture.store.get('wanted'), fields, 'the secret');
      },
    },
    {
      name: 'leaves no rejection unhandled when the caller has left before the read fails',
      promise: promises.signal,
      needs: 'canFail',
      secrets,
      body: async (fixture) => {
        await fixture.break?.();
        fixture.store.invalidate?.();
        const leaving = new AbortController();
        const reason = new Error('the caller left');
        const isUnhandled = await leavesUnhandled(
          () => true,
          async () => {
            const left = fixture.store.get('wanted', { signal: leaving.signal });
            leaving.abort(reason);
            await rejection(left, 'The read of the caller who left');
            // Asked later: when it has failed, the read that was left has failed as well.
            await rejection(fixture.store.get('wanted'), 'The read of another caller');
            await afterTurns();
          },
        );
        check(!isUnhandled, 'The failed read was left as an unhandled rejection');
      },
    },
  ];
}
