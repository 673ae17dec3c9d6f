// Not the global: a suite may have put fake timers in its place.
import { setTimeout as sleep } from 'node:timers/promises';
import { checkLeavesNoListener } from '../abort-listeners.ts';
import { check, checkFails, checkFields, checkRejectsWith, checkSame, leavingCaller } from '../checks.ts';
import type { ContractCase } from '../contract-case.ts';
import { afterTurns } from '../../host-time.ts';
import { checkPrintsNone } from '../printed.ts';
import { daprContractSecrets, deployment, missing } from './dapr-content.ts';
import { daprPromises as promises } from './dapr-promises.ts';
import {
  callsOf,
  type DaprMisbehaviour,
  type DaprSidecarContractSetup,
  unanswered,
} from './dapr-under-test.ts';

/** A deadline is a second or two where somebody forgot it. Below the default patience of a case. */
const silentMs = 2_500;
const unknownComponents = ['no/such', 'constructor'];
const fields = daprContractSecrets[deployment] ?? {};

/** What an adapter does at the same time as others, when it is abandoned, and when the sidecar misbehaves. */
export function daprFaultCases(setup: DaprSidecarContractSetup): readonly ContractCase[] {
  const { fileComponent, misbehave, requests } = setup;
  const cases: ContractCase[] = [
    {
      name: 'answers reads at the same time, each with its own secret',
      promise: promises.secret,
      run: async () => {
        const adapter = setup.connect();
        const reads = [missing, deployment].map((name) => adapter.getSecret(fileComponent, name));
        const [, secret] = await Promise.all(reads);
        checkFields(secret, fields, 'the secret');
      },
    },
    {
      name: "rejects with the signal's reason when that is aborted during the read, and harms no other read",
      promise: promises.rejects,
      run: async () => {
        const adapter = setup.connect();
        const { signal, reason, leave } = leavingCaller();
        const left = adapter.getSecret(fileComponent, deployment, { signal });
        const stayed = adapter.getSecret(fileComponent, deployment);
        leave();
        await checkRejectsWith(left, reason, 'The read');
        await stayed;
      },
    },
    {
      name: 'rejects, and never says "not there", for a component that is not there, whatever its name',
      promise: promises.rejects,
      run: async () => {
        for (const name of [...unknownComponents, fileComponent.toUpperCase()]) {
          await checkHasCode(setup.connect().getSecret(name, deployment));
        }
      },
    },
  ];
  cases.push(
    {
      name: 'prints no secret',
      promise: promises.printed,
      run: () =>
        checkPrintsNone(Object.values(fields), () => setup.connect().getSecret(fileComponent, deployment)),
    },
    {
      name: 'leaves no listener on the signal of a caller who goes on',
      promise: promises.listeners,
      run: () => {
        const adapter = setup.connect();
        return checkLeavesNoListener((signal) =>
          Promise.all([
            ...callsOf(adapter, setup, signal),
            adapter.getSecret(fileComponent, missing, { signal }),
          ]),
        );
      },
    },
  );
  if (requests !== undefined) {
    cases.push({
      name: 'asks once, found or not',
      promise: promises.once,
      run: async () => {
        const adapter = setup.connect();
        for (const name of [deployment, missing]) {
          const before = requests();
          await adapter.getSecret(fileComponent, name);
          checkSame(requests() - before, 1, `The number of requests for "${name}"`);
        }
      },
    });
  }
  if (misbehave !== undefined) cases.push(...misbehaviourCases(setup, misbehave));
  return cases;
}

function misbehaviourCases(
  setup: DaprSidecarContractSetup,
  misbehave: (how: DaprMisbehaviour) => () => void,
): readonly ContractCase[] {
  const { fileComponent, requests, leftToDeadlines = [] } = setup;
  const during = async (how: DaprMisbehaviour, body: () => Promise<void>): Promise<void> => {
    const end = misbehave(how);
    try {
      await body();
    } finally {
      end();
    }
  };
  return [
    {
      name: 'says that a sidecar whose components are loading is not ready, and that it is when it is',
      promise: promises.ready,
      run: async () => {
        const adapter = setup.connect();
        await adapter.isReady();
        await adapter.getComponents();
        await during('loading', async () => {
          checkSame(await adapter.isReady(), false, 'What isReady gives while components are loading');
          checkSame(
            (await adapter.getComponents()).length,
            0,
            'The number of components while they are loading',
          );
        });
        checkSame(await adapter.isReady(), true, 'What isReady gives afterwards');
      },
    },
    ...unanswered
      .filter((how) => !leftToDeadlines.includes(how))
      .map((how): ContractCase => ({
        name: `rejects, and never says "not there", when the sidecar misbehaves: ${how}`,
        promise: promises.rejects,
        run: () =>
          during(how, async () => {
            const adapter = setup.connect();
            const before = requests?.() ?? 0;
            await checkHasCode(adapter.getSecret(fileComponent, deployment));
            checkSame((requests?.() ?? 1) - before, 1, 'The number of requests for one read');
            if (how !== 'backEndFails') await checkHasCode(adapter.getComponents());
          }),
      })),
    {
      name: 'leaves no listener on the signal of a caller whose call failed',
      promise: promises.listeners,
      run: () =>
        during('reset', async () => {
          const adapter = setup.connect();
          await checkLeavesNoListener((signal) =>
            adapter.getSecret(fileComponent, deployment, { signal }).catch(() => undefined),
          );
        }),
    },
    {
      name: 'answers again as soon as the sidecar does',
      promise: promises.rejects,
      run: async () => {
        const adapter = setup.connect();
        await during('reset', () => checkHasCode(adapter.getSecret(fileComponent, deployment)));
        await adapter.getSecret(fileComponent, deployment);
      },
    },
    {
      name: 'answers a call while another one gets no response',
      promise: promises.apart,
      run: async () => {
        const adapter = setup.connect();
        await during('silent', async () => {
          const before = requests?.();
          adapter.getSecret(fileComponent, deployment).catch(() => undefined);
          await afterTurns();
          while (before !== undefined && requests?.() === before) await afterTurns(1);
        });
        await adapter.getSecret(fileComponent, deployment);
      },
    },
    {
      name: 'waits for as long as its caller does',
      promise: promises.once,
      run: () =>
        during('silent', async () => {
          const { signal, leave } = leavingCaller();
          const calls = callsOf(setup.connect(), setup, signal).map((call) => call.catch(() => undefined));
          const isOver = await Promise.race([Promise.any(calls).then(() => true), sleep(silentMs, false)]);
          leave();
          await Promise.all(calls);
          check(!isOver, `It gave up by itself within ${silentMs} ms: leave deadlines to the signal`);
        }),
    },
    {
      name: "rejects with the signal's reason when that is aborted while the sidecar is silent",
      promise: promises.rejects,
      run: () =>
        during('silent', async () => {
          const { signal, reason, leave } = leavingCaller();
          const calls = callsOf(setup.connect(), setup, signal);
          const ends = calls.map((call) => checkRejectsWith(call, reason, 'The call'));
          await afterTurns();
          leave();
          await Promise.all(ends);
        }),
    },
  ];
}

async function checkHasCode(read: Promise<unknown>): Promise<void> {
  const error = await checkFails(read, 'A read that the sidecar cannot answer', Object.values(fields));
  const { code } = error as { readonly code?: unknown };
  check(typeof code === 'string' && code !== '', 'The error must have a code');
}
