import { checkLeavesNoListener } from '../abort-listeners.ts';
import { check, checkFields, checkRejectsWith, checkSame, rejection } from '../checks.ts';
import type { ContractCase } from '../contract-case.ts';
import { everythingShown } from '../../leaks/everything-shown.ts';
import { afterTurns } from '../../host-time.ts';
import { checkPrintsNone } from '../printed.ts';
import { daprContractSecrets } from './dapr-content.ts';
import { daprPromises as promises } from './dapr-promises.ts';
import type { DaprMisbehaviour, DaprSidecarContractSetup, DaprSidecarUnderTest } from './dapr-under-test.ts';

const deployment = 'atlan-deployment-secrets';
const unanswered: readonly DaprMisbehaviour[] = ['reset', 'truncated', 'html', 'list', 'backEndFails'];

/** What an adapter does at the same time as others, when it is given up, and when the sidecar misbehaves. */
export function daprFaultCases(setup: DaprSidecarContractSetup): readonly ContractCase[] {
  const { fileComponent, misbehave, requests } = setup;
  const fields = daprContractSecrets[deployment] ?? {};
  const cases: ContractCase[] = [
    {
      name: 'answers reads at the same time, each with its own secret',
      promise: promises.secret,
      run: async () => {
        const adapter = setup.connect();
        const [missing, secret, odd] = await Promise.all(
          ['no-such-secret', deployment, 'we/ird +%ü'].map((name) => adapter.getSecret(fileComponent, name)),
        );
        check(missing === undefined, 'A secret that is not there must be undefined');
        checkFields(secret, fields, 'the secret');
        checkFields(odd, { field: 'under an odd name' }, 'the secret of an odd name');
      },
    },
    {
      name: "rejects with the signal's reason when that is aborted during the read, and harms no other read",
      promise: promises.rejects,
      run: async () => {
        const adapter = setup.connect();
        const leaving = new AbortController();
        const reason = new Error('the caller left');
        const left = adapter.getSecret(fileComponent, deployment, { signal: leaving.signal });
        const stayed = adapter.getSecret(fileComponent, deployment);
        leaving.abort(reason);
        await checkRejectsWith(left, reason, 'The read');
        checkFields(await stayed, fields, 'the secret, read by another caller');
      },
    },
    {
      name: 'rejects, and never says "not there", for a component that is not there, whatever its name',
      promise: promises.rejects,
      run: async () => {
        for (const name of ['no/such', 'constructor', `${fileComponent}-2`, fileComponent.toUpperCase()]) {
          await checkFails(setup.connect().getSecret(name, deployment), []);
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
        return checkLeavesNoListener(async (signal) => {
          await adapter.getSecret(fileComponent, deployment, { signal });
          await adapter.getComponents({ signal });
          await adapter.isReady({ signal });
        });
      },
    },
  );
  if (requests !== undefined) {
    cases.push({
      name: 'asks once, found or not',
      promise: promises.once,
      run: async () => {
        const adapter = setup.connect();
        for (const name of [deployment, 'no-such-secret']) {
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
  const during = async (
    how: DaprMisbehaviour,
    body: (adapter: DaprSidecarUnderTest) => Promise<void>,
  ): Promise<void> => {
    const end = misbehave(how);
    try {
      await body(setup.connect());
    } finally {
      end();
    }
  };
  const fields = daprContractSecrets[deployment] ?? {};
  const secrets = Object.values(fields);
  return [
    {
      name: 'says that a sidecar whose components are loading is not ready, and that it is when it is',
      promise: promises.ready,
      run: async () => {
        await during('loading', async (adapter) => {
          checkSame(await adapter.isReady(), false, 'What isReady gives while components are loading');
        });
        checkSame(await setup.connect().isReady(), true, 'What isReady gives afterwards');
      },
    },
    ...unanswered
      .filter((how) => !leftToDeadlines.includes(how))
      .map((how): ContractCase => ({
        name: `rejects, and never says "not there", when the sidecar misbehaves: ${how}`,
        promise: promises.rejects,
        run: () =>
          during(how, async (adapter) => {
            const before = requests?.() ?? 0;
            await checkFails(adapter.getSecret(fileComponent, deployment), secrets);
            const count = (requests?.() ?? 1) - before;
            check(requests === undefined || count === 1, `${count} requests for one read`);
            if (how !== 'backEndFails') await checkFails(adapter.getComponents(), secrets);
          }),
      })),
    {
      name: 'answers again as soon as the sidecar does',
      promise: promises.rejects,
      run: async () => {
        const adapter = setup.connect();
        const end = misbehave('reset');
        try {
          await checkFails(adapter.getSecret(fileComponent, deployment), secrets);
        } finally {
          end();
        }
        checkFields(
          await adapter.getSecret(fileComponent, deployment),
          daprContractSecrets[deployment] ?? {},
          'the secret',
        );
      },
    },
    {
      name: 'answers a call while another one gets no response',
      promise: promises.apart,
      run: async () => {
        const adapter = setup.connect();
        const leaving = new AbortController();
        const before = requests?.();
        const end = misbehave('silent');
        const silent = adapter.getSecret(fileComponent, 'empty', { signal: leaving.signal });
        const over = silent.catch(() => undefined);
        try {
          await afterTurns();
          while (before !== undefined && requests?.() === before) await afterTurns(1);
        } finally {
          end();
        }
        checkFields(await adapter.getSecret(fileComponent, deployment), fields, 'the other secret');
        leaving.abort(new Error('the caller left'));
        await over;
      },
    },
    {
      name: "rejects with the signal's reason when that is aborted while the sidecar is silent",
      promise: promises.rejects,
      run: () =>
        during('silent', async (adapter) => {
          const leaving = new AbortController();
          const reason = new Error('the caller left');
          const { signal } = leaving;
          const reads = [
            checkRejectsWith(adapter.getSecret(fileComponent, deployment, { signal }), reason, 'getSecret'),
            checkRejectsWith(adapter.getComponents({ signal }), reason, 'getComponents'),
            checkRejectsWith(adapter.isReady({ signal }), reason, 'isReady'),
          ];
          await afterTurns();
          leaving.abort(reason);
          await Promise.all(reads);
        }),
    },
  ];
}

async function checkFails(read: Promise<unknown>, secrets: readonly string[]): Promise<void> {
  const error = await rejection(read, 'A read that the sidecar cannot answer');
  const { code, message } = (error ?? {}) as { readonly code?: unknown; readonly message?: unknown };
  check(typeof code === 'string' && code !== '', 'The error must have a code');
  check(typeof message === 'string' && message !== '', 'The error must have a message');
  const shown = everythingShown(error);
  for (const secret of secrets) check(!shown.includes(secret), 'The error shows a secret');
}
