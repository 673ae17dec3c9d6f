import type { ClientCredentials } from '@worker-auth/ports';
import { check, checkSame, checkShowsNone, differenceOf, rejection, searchFor } from '../checks.ts';
import { aDayLater } from '../a-day-later.ts';
import { afterTurns } from '../../host-time.ts';
import { KeptAlive } from '../kept-alive.ts';
import {
  type ContractCredentials,
  credentialSourceCases,
  credentialSourcePromises as promises,
  firstCredentials as first,
  secondCredentials as second,
} from './credential-source-under-test.ts';

const crowd = 100;
/** More turns of the event loop than a read over a local connection takes. */
const maxTurns = 12;

/** What a source gives, remembers and shows. */
export const givingCases = [
  ...credentialSourceCases(promises.get, {
    'gives the client id and the client secret': async ({ source }) => {
      checkPair(await source.get(Object.freeze({ signal: undefined })), first);
    },
    'reads nothing by being made or invalidated': async (fixture, quiet) => {
      fixture.source.invalidate();
      await quiet();
      checkSame(fixture.reads(), 0, 'The number of reads before the first get');
      await fixture.source.get();
      check(fixture.reads() > 0, 'The first get must read the store');
    },
    'remembers the credentials until invalidate': async (fixture, quiet) => {
      await fixture.source.get();
      const readsBefore = fixture.reads();
      await fixture.replace(second);
      checkPair(await fixture.source.get(), first, 'the second get');
      checkPair(await aDayLater(() => fixture.source.get()), first, 'the get a day later');
      await quiet();
      checkSame(fixture.reads(), readsBefore, 'The number of reads');
    },
  }),
  ...credentialSourceCases(promises.source, {
    'says where the credentials came from, without the secret': async ({ source }) => {
      const { source: origin } = await source.get();
      check(typeof origin === 'string' && origin !== '', 'The credentials must say where they came from');
      check(!searchFor([first.clientSecret])(origin), 'Where the credentials came from shows the secret');
    },
  }),
  ...credentialSourceCases(promises.secrets, {
    'shows no secret when its credentials or itself are inspected or turned into JSON': async ({
      source,
    }) => {
      const credentials = await source.get();
      checkShowsNone(credentials, [first.clientSecret], 'What the source gives', isShown);
      checkShowsNone(source, [first.clientSecret], 'The source', isShown);
    },
  }),
  ...credentialSourceCases(promises.printed, {
    'prints no secret': async (fixture) => {
      await fixture.source.get();
      await fixture.replace(second);
      fixture.source.invalidate();
      await fixture.source.get();
    },
  }),
  ...credentialSourceCases(promises.process, {
    'keeps no process alive': (_fixture, _quiet, another) =>
      KeptAlive.during((look) =>
        another(async (fixture) => {
          await look(async () => {
            await fixture.source.get();
            await fixture.replace(undefined);
            fixture.source.invalidate();
            await fixture.source.get().catch(() => undefined);
          });
        }),
      ),
  }),
  ...credentialSourceCases(promises.own, {
    'gives the same again, whatever a caller did to what it got': async ({ source }) => {
      const given = await source.get();
      for (const key of ['clientId', 'clientSecret']) Reflect.set(given, key, 'changed by a caller');
      checkPair(await source.get(), first, 'the get after another caller had changed what it got');
    },
  }),
  ...credentialSourceCases(promises.invalidate, {
    'reads the store again after invalidate, each time': async (fixture) => {
      await fixture.source.get();
      for (const credentials of [second, first, second]) {
        await fixture.replace(credentials);
        fixture.source.invalidate();
        checkPair(await fixture.source.get(), credentials, 'the get after invalidate');
      }
      await fixture.replace(undefined);
      fixture.source.invalidate();
      await rejection(fixture.source.get(), 'The get after the credentials were removed');
    },
    'remembers no response to a read from before invalidate': async (fixture) => {
      // At one of these moments the read is answered and has not come to its end.
      for (let turns = 0; turns < maxTurns; turns++) {
        // The next caller comes before, or only after the old read has come to its end.
        for (const comesBefore of [true, false]) {
          const next = comesBefore ? second : first;
          const before = fixture.source.get();
          await afterTurns(turns);
          await fixture.replace(next);
          fixture.source.invalidate();
          const after = comesBefore ? fixture.source.get() : undefined;
          const given = await before;
          checkPair(given, given.clientId === first.clientId ? first : second, 'the get before invalidate');
          checkPair(await (after ?? fixture.source.get()), next, 'the get after invalidate');
          fixture.source.invalidate();
        }
      }
    },
  }),
  ...credentialSourceCases(promises.oneRead, {
    'reads the store once for many callers at the same time': async (fixture, quiet) => {
      await fixture.source.get();
      const readsOfOne = fixture.reads();
      fixture.source.invalidate();
      const { signal } = new AbortController();
      await Promise.all(
        Array.from({ length: crowd }, (_, index) => fixture.source.get(index % 2 === 0 ? { signal } : {})),
      );
      await quiet();
      checkSame(fixture.reads(), 2 * readsOfOne, `The number of reads for one caller and ${crowd} more`);
    },
  }),
];

/** What a getter gives is shown by JSON alone. */
export function isShown(property: PropertyDescriptor): boolean {
  return !('get' in property);
}

/** @throws AssertionError unless both are those of `expected`; the secret is not shown */
export function checkPair(actual: ClientCredentials, expected: ContractCredentials, call = 'the get'): void {
  checkSame(actual.clientId, expected.clientId, `The client id of ${call}`);
  const difference = differenceOf(actual.clientSecret, expected.clientSecret);
  check(
    actual.clientSecret === expected.clientSecret,
    `The client secret of ${call} is another than the store's${difference}`,
  );
}
