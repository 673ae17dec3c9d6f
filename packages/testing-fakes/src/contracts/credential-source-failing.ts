import { afterTurns } from '../host-time.ts';
import { checkFails, checkHasLeft, checkLeaves, checkSame } from './checks.ts';
import { checkPair } from './credential-source-giving.ts';
import {
  contractSecrets as secrets,
  credentialSourceCases as cases,
  credentialSourcePromises as promises,
  firstCredentials as first,
  secondCredentials as second,
} from './credential-source-under-test.ts';
import { checkHandlesRejections, checkHasNoListener } from './left-behind.ts';

/** More failures than a breaker of circuits bears. */
const maxFailures = 12;

/** What a source does for callers who leave, and when it has nothing to give. */
export const failingCases = [
  ...cases(promises.signal, {
    'lets a caller leave, the first or one who joined, without ending the read of the others': async ({
      source,
    }) => {
      const [, given] = await Promise.all([
        checkLeaves((signal) => source.get({ signal })),
        source.get(),
        checkLeaves((signal) => source.get({ signal })),
      ]);
      checkPair(given, first, 'the caller who stayed');
    },
    'rejects a caller who has left already, with the reason of the signal and no read': async (
      fixture,
      quiet,
    ) => {
      const { source } = fixture;
      await checkHasLeft((signal) => source.get({ signal }));
      await quiet();
      checkSame(fixture.reads(), 0, 'The number of reads');
    },
  }),
  ...cases([promises.signal, 'canHold'], {
    'lets callers leave while the store is silent, and reads for the next': async (fixture) => {
      const { source } = fixture;
      const release = fixture.holdReads();
      for (let callers = 0; callers < 2; callers++)
        await checkLeaves((signal) => source.get({ signal }), afterTurns);
      release();
      checkPair(await source.get(), first, 'the next caller');
    },
  }),
  ...cases(promises.process, {
    'leaves no rejection unhandled when the caller has left before the read fails': async (
      fixture,
      quiet,
    ) => {
      const { source } = fixture;
      await fixture.replace(undefined);
      await checkHandlesRejections(async () => {
        await checkLeaves((signal) => source.get({ signal })).catch(() => undefined);
        await quiet();
      });
    },
  }),
  ...cases(promises.listeners, {
    'leaves no listener on the signal of a caller who goes on': async (fixture) => {
      const { source } = fixture;
      const { signal } = new AbortController();
      for (let gets = 0; gets < 2; gets++) await source.get({ signal });
      await fixture.replace(undefined);
      source.invalidate();
      await source.get({ signal }).catch(() => undefined);
      await checkHasNoListener(signal);
    },
  }),
  ...cases(promises.failure, {
    'does not remember that there were no credentials': async (fixture) => {
      const { source } = fixture;
      await fixture.replace(undefined);
      await source.get().catch(() => undefined);
      await fixture.replace(second);
      checkPair(await source.get(), second, 'the get after one that failed');
    },
  }),
  ...cases(promises.none, {
    'rejects when there are no credentials, or only one half of them': async (fixture) => {
      const { source } = fixture;
      for (const half of [undefined, { ...first, clientSecret: '' }, { ...first, clientId: '' }]) {
        await fixture.replace(half);
        await checkFails(source.get(), 'The get without an id or without a secret', secrets);
      }
    },
  }),
  ...cases([promises.none, 'canFail'], {
    'rejects when the store cannot answer, shows no secret, and reads again for the next caller': async (
      fixture,
    ) => {
      const { source } = fixture;
      await source.get();
      await fixture.break();
      source.invalidate();
      for (let failures = 0; failures < maxFailures; failures++)
        await checkFails(source.get(), 'The get after invalidate, of a store that cannot answer', secrets);
      await fixture.mend();
      checkPair(await source.get(), first, 'the get after one that failed');
    },
  }),
];
