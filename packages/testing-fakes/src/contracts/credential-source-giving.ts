import type { ClientCredentials } from '@worker-auth/ports';
import { afterTurns } from '../host-time.ts';
import { check, checkFails, checkSame, checkShowsNone, checkText } from './checks.ts';
import {
  type ContractCredentials,
  contractSecrets as secrets,
  credentialSourceCases as cases,
  credentialSourcePromises as promises,
  firstCredentials as first,
  secondCredentials as second,
} from './credential-source-under-test.ts';
import { checkKeepsNothingAlive, checkPrintsNone } from './left-behind.ts';

const crowd = 100;
/** Turns of the event loop after which a read over a local connection is answered and has not come to its end, or has. */
const moments = [0, 3, 12];

/** What a source gives, remembers and shows. */
export const givingCases = [
  ...cases(promises.get, {
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
      await quiet();
      checkSame(fixture.reads(), readsBefore, 'The number of reads');
    },
  }),
  ...cases(promises.source, {
    'says where the credentials came from, without the secret': async ({ source }) => {
      const { source: origin } = await source.get();
      check(typeof origin === 'string' && origin !== '', 'The credentials must say where they came from');
      checkShowsNone(origin, secrets, 'Where the credentials came from');
    },
  }),
  ...cases(promises.secrets, {
    'shows no secret when its credentials or itself are inspected or turned into JSON': async ({
      source,
    }) => {
      checkShowsNone(await source.get(), secrets, 'What the source gives', isShown);
      checkShowsNone(source, secrets, 'The source', isShown);
    },
  }),
  ...cases(promises.printed, {
    'prints no secret': (fixture) =>
      checkPrintsNone(async () => {
        await fixture.source.get();
        await fixture.replace(second);
        fixture.source.invalidate();
        await fixture.source.get();
        return secrets;
      }),
  }),
  ...cases(promises.process, {
    'keeps no process alive': (fixture) =>
      checkKeepsNothingAlive(async () => {
        await fixture.source.get();
        await fixture.replace(undefined);
        fixture.source.invalidate();
        await fixture.source.get().catch(() => undefined);
      }),
  }),
  ...cases(promises.own, {
    'gives the same again, whatever a caller did to what it got': async ({ source }) => {
      for (const given of await Promise.all([source.get(), source.get()])) {
        checkPair(given, first, 'a get at the same time');
        for (const key of ['clientId', 'clientSecret']) Reflect.set(given, key, 'changed by a caller');
      }
      checkPair(await source.get(), first, 'the get after another caller had changed what it got');
    },
  }),
  ...cases(promises.invalidate, {
    'reads the store again after invalidate, each time': async (fixture) => {
      await fixture.source.get();
      for (const credentials of [second, first, second]) {
        await fixture.replace(credentials);
        fixture.source.invalidate();
        checkPair(await fixture.source.get(), credentials, 'the get after invalidate');
      }
      await fixture.replace(undefined);
      fixture.source.invalidate();
      await checkFails(fixture.source.get(), 'The get after the credentials were removed', secrets);
    },
    'remembers no response to a read from before invalidate': async (fixture) => {
      const { source } = fixture;
      for (const turns of moments) {
        await fixture.replace(first);
        source.invalidate();
        const before = source.get();
        await afterTurns(turns);
        await fixture.replace(second);
        source.invalidate();
        const after = source.get();
        const given = await before;
        checkPair(given, given.clientId === first.clientId ? first : second, 'the get before invalidate');
        checkPair(await after, second, 'the get after invalidate');
        checkPair(await source.get(), second, 'the second get after invalidate');
      }
    },
  }),
  ...cases([promises.invalidate, 'canHold'], {
    'remembers what the newest read gave, whichever was answered last': async (fixture) => {
      const { source } = fixture;
      const releaseFirst = fixture.holdReads();
      const before = source.get();
      await afterTurns();
      await fixture.replace(second);
      source.invalidate();
      const releaseSecond = fixture.holdReads();
      const after = source.get();
      await afterTurns();
      releaseSecond();
      checkPair(await after, second, 'the get after invalidate');
      await fixture.replace(first);
      releaseFirst();
      await before;
      checkPair(await source.get(), second, 'the get after an older read was answered');
    },
  }),
  ...cases(promises.oneRead, {
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
    'rejects for all who wait when there are no credentials, with one read': async (fixture, quiet) => {
      await fixture.replace(undefined);
      await fixture.source.get().catch(() => undefined);
      await quiet();
      const readsOfOne = fixture.reads();
      const outcomes = await Promise.allSettled(Array.from({ length: crowd }, () => fixture.source.get()));
      check(
        outcomes.every(({ status }) => status === 'rejected'),
        'Every caller must get the error',
      );
      await quiet();
      check(fixture.reads() <= 2 * readsOfOne, `${fixture.reads()} reads for one caller and ${crowd} more`);
    },
  }),
];

/** What a getter gives is shown by JSON alone. */
function isShown(property: PropertyDescriptor): boolean {
  return !('get' in property);
}

/** @throws AssertionError unless both are those of `expected`; the secret is not shown */
export function checkPair(actual: ClientCredentials, expected: ContractCredentials, call = 'the get'): void {
  checkSame(actual.clientId, expected.clientId, `The client id of ${call}`);
  checkText(actual.clientSecret, expected.clientSecret, `The client secret of ${call}`);
}
