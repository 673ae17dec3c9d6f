import timers from 'node:timers/promises';
import { brokenBy, defaultPatienceMs } from '../contract-case.ts';
import { check, checkFails, checkFields, checkRejectsWith, checkSame } from '../checks.ts';
import { checkShowsNone, leavingCaller, maxFailures } from '../checks.ts';
import { checkEndsConnections, KeptAlive } from '../kept-alive.ts';
import { originalOf } from '../watched-calls.ts';
import { withFasterTimers } from '../faster-timers.ts';
import { daprContractSecrets, deployment, missing, wrongToken } from './dapr-content.ts';
import {
  callsOf,
  checkAskedOnce,
  daprCases,
  daprPromises as promises,
  type DaprSidecarContractSetup,
  during,
  unanswered,
} from './dapr-under-test.ts';

/** How long a sidecar is silent at most, and which deadline of an adapter ends meanwhile. The `fetch` of Node has one of 300 s. */
const maxSilentMs = 2_500;
const maxDeadlineMs = 120_000;
// Not the global, and as it is now: a suite may put fake timers in its place.
const { setTimeout: sleep } = timers;
/** More than a pool of connections has room for. */
const manyCalls = 128;
const unknownComponents = ['no/such', 'constructor'];
const fields = daprContractSecrets[deployment] ?? {};

/** What an adapter does at the same time as others, when it is abandoned, and when the sidecar misbehaves. */
export function faultCases({
  leftToDeadlines = [],
  patienceMs = defaultPatienceMs,
}: DaprSidecarContractSetup): ReturnType<typeof daprCases> {
  const silentMs = Math.min(maxSilentMs, patienceMs / 2);
  const misbehaviours = unanswered.filter((how) => !leftToDeadlines.includes(how));
  return [
    ...daprCases(promises.secret, {
      'answers reads at the same time, each with its own secret': async ({ adapter, fileComponent }) => {
        const reads = [missing, deployment].map((name) => adapter.getSecret(fileComponent, name));
        const [, secret] = await Promise.all(reads);
        checkFields(secret, fields, 'the secret');
      },
    }),
    ...daprCases(promises.rejects, {
      "rejects with the signal's reason when that is aborted during the read, and harms no other read":
        async ({ adapter, fileComponent }) => {
          const { signal, reason, leave } = leavingCaller();
          const left = adapter.getSecret(fileComponent, deployment, { signal });
          const stayed = adapter.getSecret(fileComponent, deployment);
          leave();
          await checkRejectsWith(left, reason, 'The read');
          await stayed;
        },
      'rejects, and never says "not there", for a component that is not there, whatever its name': async ({
        adapter,
        fileComponent,
      }) => {
        for (const name of [...unknownComponents, fileComponent.toUpperCase()]) {
          await checkHasCode(adapter.getSecret(name, deployment));
        }
      },
    }),
    ...daprCases(promises.printed, {
      'prints no secret': async ({ adapter, fileComponent }) => {
        await adapter.getSecret(fileComponent, deployment);
      },
    }),
    ...daprCases(promises.listeners, {
      'leaves no listener on the signal of a caller who goes on': async (fixture) => {
        const { signal } = new AbortController();
        await Promise.all(callsOf(fixture, signal));
        await fixture.adapter.getSecret(fixture.fileComponent, missing, { signal });
      },
    }),
    ...daprCases([promises.once, 'requests'], {
      'asks once, found or not': async ({ adapter, fileComponent, requests = () => 0 }) => {
        for (const name of [deployment, missing, deployment, missing]) {
          const before = requests();
          await adapter.getSecret(fileComponent, name);
          checkSame(requests() - before, 1, `The number of requests for "${name}"`);
        }
      },
    }),
    ...daprCases([promises.ready, 'misbehave'], {
      'says that a sidecar whose components are loading is not ready, and that it is when it is': async (
        fixture,
      ) => {
        const { adapter } = fixture;
        await adapter.isReady();
        await adapter.getComponents();
        await during(fixture, 'loading', async () => {
          checkSame(await adapter.isReady(), false, 'What isReady gives while components are loading');
          const components = await adapter.getComponents();
          checkSame(components.length, 0, 'The number of components while they are loading');
        });
        checkSame(await adapter.isReady(), true, 'What isReady gives afterwards');
      },
      'says that a sidecar is ready whose components are loaded, although its app is not': (fixture) =>
        during(fixture, 'awaitsApp', async () => {
          checkSame(await fixture.adapter.isReady(), true, 'What isReady gives while the app is not ready');
        }),
    }),
    ...misbehaviours.flatMap((how) =>
      daprCases([promises.rejects, 'misbehave'], {
        [`rejects, and never says "not there", when the sidecar misbehaves: ${how}`]: (fixture) =>
          during(fixture, how, async () => {
            const { adapter, fileComponent, requests } = fixture;
            const before = requests?.() ?? 0;
            await checkHasCode(adapter.getSecret(fileComponent, deployment));
            await checkAskedOnce(fixture, before, 'one read');
            if (how !== 'backEndFails') await checkHasCode(adapter.getComponents());
            if (how === 'reset') await checkHasCode(adapter.isReady());
          }),
      }),
    ),
    ...daprCases([promises.secrets, 'misbehave'], {
      'shows its API token neither in an error, nor during a call, nor in print': async (fixture) => {
        const adapter = fixture.connect({ apiToken: wrongToken });
        const read = (signal?: AbortSignal) =>
          adapter.getSecret(fixture.fileComponent, deployment, { signal });
        for (const how of misbehaviours)
          await during(fixture, how, async () => {
            const what = `The read while the sidecar misbehaves (${how})`;
            await brokenBy(promises.rejects, () => checkFails(read(), what, [wrongToken]));
          });
        await during(fixture, 'silent', async () => {
          const { signal, leave } = leavingCaller();
          const left = read(signal).catch(() => undefined);
          await sleep(silentMs / 50);
          checkShowsNone(adapter, [wrongToken], 'The adapter during a call');
          leave();
          await left;
        });
      },
    }),
    ...daprCases([promises.process, 'misbehave'], {
      'keeps no process alive, and leaves no rejection unhandled': async (fixture, _quiet, another) => {
        const { signal, leave } = leavingCaller();
        const callAll = (): Promise<unknown> => Promise.allSettled(callsOf(fixture, signal));
        await KeptAlive.during((look) =>
          another(({ adapter }) =>
            look(() => Promise.all(callsOf({ adapter, fileComponent: fixture.fileComponent }, signal))),
          ),
        );
        await during(fixture, 'reset', async () => {
          await callAll();
        });
        await callAll();
        // A client that cannot end a request leaves that to deadlines.
        if (leftToDeadlines.length > 0) return;
        await during(fixture, 'silent', () =>
          checkEndsConnections(async () => {
            const calls = callAll();
            await sleep(silentMs / 50);
            leave();
            await calls;
          }),
        );
      },
    }),
    ...daprCases([promises.listeners, 'misbehave'], {
      'leaves no listener on the signal of a caller whose call failed': (fixture) =>
        during(fixture, 'reset', async () => {
          await Promise.allSettled(callsOf(fixture, new AbortController().signal));
        }),
    }),
    ...daprCases([promises.apart, 'misbehave'], {
      'answers a call while many others get no response': async (fixture) => {
        const { adapter, fileComponent, requests } = fixture;
        // Not watched: these are to be no calls that have not settled.
        const hanging = originalOf(adapter) as typeof adapter;
        const { signal, leave } = leavingCaller();
        const silent: Promise<unknown>[] = [];
        await during(fixture, 'silent', async () => {
          const before = requests?.() ?? 0;
          for (let calls = 0; calls < manyCalls; calls++) {
            silent.push(hanging.getSecret(fileComponent, deployment, { signal }).catch(() => undefined));
          }
          // What waits for others does not arrive.
          for (let waits = 0; waits < silentMs / 8 && (requests?.() ?? 0) < before + manyCalls; waits++)
            await sleep(1);
        });
        await adapter.getSecret(fileComponent, deployment);
        leave();
        await Promise.all(silent);
      },
    }),
    ...daprCases([promises.once, 'misbehave'], {
      'waits for as long as its caller does': (fixture) =>
        during(fixture, 'silent', async () => {
          const { signal, leave } = leavingCaller();
          const isOver = await withFasterTimers(maxDeadlineMs / silentMs, async () => {
            const { adapter, fileComponent } = fixture;
            // Ended by the sidecar, when that is.
            const withoutSignal = adapter.getSecret(fileComponent, deployment);
            const calls = [...callsOf(fixture, signal), withoutSignal].map((call) =>
              call.catch(() => undefined),
            );
            const givenUp = Promise.any(calls).then(() => true);
            const ended = await Promise.race([givenUp, sleep(silentMs, false)]);
            leave();
            await Promise.all(calls.slice(0, -1));
            return ended;
          });
          check(!isOver, `It gave up by itself within ${maxDeadlineMs} ms: leave deadlines to the signal`);
        }),
    }),
    ...daprCases([promises.rejects, 'misbehave'], {
      'answers again as soon as the sidecar does': async (fixture) => {
        const { adapter, fileComponent } = fixture;
        for (let failures = 0; failures < maxFailures; failures++)
          await during(fixture, 'reset', () => checkHasCode(adapter.getSecret(fileComponent, deployment)));
        await adapter.getSecret(fileComponent, deployment);
      },
      "rejects with the signal's reason when that is aborted while the sidecar is silent": async (
        fixture,
      ) => {
        const silences = (['silent', 'unfinished'] as const).filter((how) => !leftToDeadlines.includes(how));
        for (const how of silences) {
          await during(fixture, how, async () => {
            const { signal, reason, leave } = leavingCaller('a reason that is no Error');
            const ends = callsOf(fixture, signal).map((call) => checkRejectsWith(call, reason, 'The call'));
            await sleep(silentMs / 10);
            leave();
            await Promise.all(ends);
          });
        }
      },
    }),
  ];
}

async function checkHasCode(read: Promise<unknown>): Promise<void> {
  const error = await checkFails(read, 'A read that the sidecar cannot answer', Object.values(fields));
  const { code } = error as { readonly code?: unknown };
  check(typeof code === 'string' && code !== '', 'The error must have a code');
}
