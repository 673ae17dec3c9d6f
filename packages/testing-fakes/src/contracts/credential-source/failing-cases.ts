import {
  check,
  checkFails,
  checkRejectsWith,
  checkSame,
  leaveAtOnce,
  leaveInTurn,
  leavingCaller,
  maxFailures,
} from '../checks.ts';
import { afterTurns } from '../../host-time.ts';
import { brokenBy } from '../contract-case.ts';
import {
  credentialSourceCases,
  credentialSourcePromises as promises,
  firstCredentials as first,
  secondCredentials as second,
} from './credential-source-under-test.ts';
import { checkPair } from './giving-cases.ts';

const crowd = 100;
const secrets = [first.clientSecret];

/** What a source does when it is abandoned, has nothing to give, or cannot read. */
export const failingCases = [
  ...credentialSourceCases(promises.signal, {
    'lets one caller leave without ending the read of the others': async ({ source }) => {
      const { signal, reason, leave } = leavingCaller();
      const left = source.get({ signal });
      const stays = source.get();
      leave();
      await checkRejectsWith(left, reason, 'The wait of the caller who left');
      checkPair(await stays, first, 'the caller who stayed');
    },
    'lets a caller leave who joined the read of another': async ({ source }) => {
      const { signal, reason, leave } = leavingCaller('a reason that is no Error');
      const stays = source.get();
      const left = source.get({ signal });
      leave();
      await checkRejectsWith(left, reason, 'The wait of the caller who left');
      checkPair(await stays, first, 'the caller who stayed');
    },
    'rejects a caller who has left already, with the reason of the signal and no read': async (
      fixture,
      quiet,
    ) => {
      const { signal, reason, leave } = leavingCaller();
      leave();
      await checkRejectsWith(fixture.source.get({ signal }), reason, 'The call of a caller who has left');
      await quiet();
      checkSame(fixture.reads(), 0, 'The number of reads');
    },
    'leaves no rejection unhandled when the caller has left before the read fails': async (
      fixture,
      quiet,
    ) => {
      await fixture.replace(undefined);
      await leaveAtOnce((signal) => fixture.source.get({ signal }));
      await quiet();
      await afterTurns();
    },
  }),
  ...credentialSourceCases([promises.signal, 'canHold'], {
    'lets callers leave while the store is silent, and reads for the next': async (fixture) => {
      const release = fixture.holdReads();
      await leaveInTurn((signal) => fixture.source.get({ signal }));
      release();
      checkPair(await fixture.source.get(), first, 'the next caller');
    },
  }),
  ...credentialSourceCases(promises.listeners, {
    'leaves no listener on the signal of a caller who goes on': async (fixture) => {
      const { signal } = new AbortController();
      for (let gets = 0; gets < 2; gets++) await fixture.source.get({ signal });
      await fixture.replace(undefined);
      fixture.source.invalidate();
      await fixture.source.get({ signal }).catch(() => undefined);
    },
  }),
  ...credentialSourceCases(promises.failure, {
    'rejects when there are no credentials, and does not remember that': async (fixture) => {
      await fixture.replace(undefined);
      const what = 'The get without credentials to give';
      await brokenBy(promises.none, () => checkFails(fixture.source.get(), what, secrets));
      await fixture.replace(second);
      checkPair(await fixture.source.get(), second, 'the get after one that failed');
    },
  }),
  ...credentialSourceCases(promises.none, {
    'rejects for credentials of which one half is empty': async (fixture) => {
      await fixture.replace({ ...first, clientSecret: '' });
      await checkFails(fixture.source.get(), 'The get of a client id without a secret', secrets);
      await fixture.replace({ ...first, clientId: '' });
      await checkFails(fixture.source.get(), 'The get of a client secret without an id', secrets);
    },
  }),
  ...credentialSourceCases(promises.oneRead, {
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
  ...credentialSourceCases([promises.failure, 'canFail'], {
    'rejects when the store cannot answer, shows no secret, and reads again for the next caller': async (
      fixture,
    ) => {
      await fixture.source.get();
      await fixture.break();
      fixture.source.invalidate();
      const what = 'The get after invalidate, of a store that cannot answer';
      for (let failures = 0; failures < maxFailures; failures++)
        await brokenBy(promises.none, () => checkFails(fixture.source.get(), what, secrets));
      await fixture.mend();
      checkPair(await fixture.source.get(), first, 'the get after one that failed');
    },
  }),
];
