import { callback, checkGiven, type Checks, flag, listOf, oneOf, text, texts } from '../given/check-given.ts';
import { bindCases, type ContractCase, patienceChecks, type WatchedPromises } from './contract-case.ts';
import {
  contractSecrets,
  type CredentialSourceContractSetup,
  credentialSourcePromises as credentialPromises,
  firstCredentials,
} from './credential-source/credential-source-under-test.ts';
import { courseCases as sourceCourse } from './credential-source/course-cases.ts';
import { failingCases as sourceFailingCases } from './credential-source/failing-cases.ts';
import { givingCases, isShown } from './credential-source/giving-cases.ts';
import { courseCases as sidecarCourse } from './dapr/dapr-course-cases.ts';
import { faultCases } from './dapr/dapr-fault-cases.ts';
import { secretCases } from './dapr/dapr-secret-cases.ts';
import { daprContractSecrets, wrongToken } from './dapr/dapr-content.ts';
import { daprPromises, type DaprSidecarContractSetup, misbehaviours } from './dapr/dapr-under-test.ts';
import { withHooks } from './fixture-hooks.ts';
import { courseCases as storeCourse } from './secret-store/course-cases.ts';
import { failingCases } from './secret-store/failing-cases.ts';
import { leavingCases } from './secret-store/leaving-cases.ts';
import { readingCases } from './secret-store/reading-cases.ts';
import {
  type ContractSecrets,
  type SecretStoreContractSetup,
  secretStorePromises as storePromises,
} from './secret-store/secret-store-under-test.ts';
import { courseCases as tokenCourse } from './token-source/course-cases.ts';
import { failureCases } from './token-source/failure-cases.ts';
import { rejectionCases } from './token-source/rejection-cases.ts';
import { servingCases } from './token-source/serving-cases.ts';
import { subscriberCases } from './token-source/subscriber-cases.ts';
import {
  type TokenSourceContractSetup,
  tokenSourcePromises as tokenPromises,
} from './token-source/token-source-under-test.ts';

/** A shorter value is found in other texts by accident. */
const minSecretLength = 8;

const storeChecks: Checks<SecretStoreContractSetup> = {
  ...patienceChecks,
  shape: oneOf(['map', 'value']),
  canFail: flag,
  canMend: flag,
  canHang: flag,
  canAnswerMalformed: flag,
  canCountReads: flag,
  names: texts,
  create: callback,
};

const credentialChecks: Checks<CredentialSourceContractSetup> = {
  ...patienceChecks,
  canFail: flag,
  canHold: flag,
  create: callback,
};

const tokenChecks: Checks<TokenSourceContractSetup> = {
  ...patienceChecks,
  canRecover: flag,
  canHold: flag,
  create: callback,
};

const daprChecks: Checks<DaprSidecarContractSetup> = {
  ...patienceChecks,
  connect: callback,
  fileComponent: text,
  environmentComponent: text,
  asksForToken: flag,
  deniedSecret: text,
  componentNames: texts,
  misbehave: callback,
  leftToDeadlines: listOf(oneOf(misbehaviours)),
  secrets: texts,
  requests: callback,
};

/** What every secret store does. Found, not there and cannot answer are three outcomes that are never confused. */
export function secretStoreContract(setup: SecretStoreContractSetup): readonly ContractCase[] {
  checkGiven('secretStoreContract', setup, storeChecks);
  const { canFail, canMend, canHang, canAnswerMalformed, canCountReads, patienceMs } = setup;
  const fieldsOf = (name: string, value: string): Record<string, string> =>
    setup.shape === 'map' ? { first: value, second: `${value}-2` } : { [name]: value };
  const cases = [
    ...readingCases(setup, fieldsOf),
    ...failingCases(fieldsOf),
    ...leavingCases(canFail, fieldsOf),
    ...storeCourse(setup),
  ];
  return bindCases(cases, {
    patienceMs,
    has: (need) => setup.shape === need || isTrue(setup, need),
    subject: 'store',
    watched: watchedOf(storePromises),
    secrets: ({ secrets }, fixture, replaced) => [
      ...[secrets, ...(replaced as ContractSecrets[])].flatMap((held) => longValues(held)),
      ...(fixture.secrets ?? []),
    ],
    create: async ({ secrets }) =>
      withHooks(await setup.create(secrets), {
        break: canFail,
        mend: canMend,
        hang: canHang,
        answerMalformed: canAnswerMalformed,
        reads: canCountReads,
      }),
  });
}

/** What every credential source does: remembers until `invalidate`, reads once for all, and shows no secret. */
export function credentialSourceContract(setup: CredentialSourceContractSetup): readonly ContractCase[] {
  checkGiven('credentialSourceContract', setup, credentialChecks);
  const { canFail, canHold, patienceMs } = setup;
  return bindCases([...givingCases, ...sourceFailingCases, ...sourceCourse], {
    patienceMs,
    has: (need) => isTrue(setup, need),
    subject: 'source',
    watched: watchedOf(credentialPromises),
    secrets: () => contractSecrets,
    isShown,
    create: async () =>
      withHooks(await setup.create(firstCredentials), { break: canFail, mend: canFail, holdReads: canHold }),
    ask: ({ source }) => source.get(),
  });
}

/**
 * What every token source does: one request for all who ask, no dead token, and no caller who harms another.
 *
 * Nothing is taken for not having happened before it would have: a case that counts requests first lets another source of the
 * same setup, asked later, have its responses.
 */
export function tokenSourceContract(setup: TokenSourceContractSetup): readonly ContractCase[] {
  checkGiven('tokenSourceContract', setup, tokenChecks);
  const { canRecover, canHold, patienceMs } = setup;
  return bindCases(
    [...servingCases, ...rejectionCases, ...subscriberCases, ...failureCases, ...tokenCourse],
    {
      patienceMs,
      has: (need) => isTrue(setup, need),
      subject: 'source',
      watched: {
        printed: tokenPromises.printed,
        secrets: tokenPromises.secrets,
        unhandled: tokenPromises.failedRefresh,
        listeners: tokenPromises.signalListeners,
      },
      create: async () =>
        withHooks(await setup.create(), { recoverRequests: canRecover, holdRequests: canHold }),
      ask: ({ source }) => source.getToken(),
    },
  );
}

/** What each adapter to a sidecar does, against a fake and against a real daprd. */
export function daprSidecarContract(setup: DaprSidecarContractSetup): readonly ContractCase[] {
  checkGiven('daprSidecarContract', setup, daprChecks);
  return bindCases([...secretCases, ...faultCases(setup), ...sidecarCourse], {
    patienceMs: setup.patienceMs,
    has: (need) => (setup[need as keyof DaprSidecarContractSetup] ?? false) !== false,
    create: () => ({ ...setup, adapter: setup.connect() }),
    subject: 'adapter',
    watched: { ...watchedOf(daprPromises), errors: daprPromises.rejects },
    secrets: () => [...longValues(daprContractSecrets), wrongToken, ...(setup.secrets ?? [])],
  });
}

/** What each case of the contract looks for beside its own promise. */
function watchedOf(promises: {
  readonly printed: string;
  readonly secrets: string;
  readonly process: string;
  readonly listeners: string;
}): WatchedPromises {
  const { printed, secrets, process, listeners } = promises;
  return { printed, secrets, unhandled: process, listeners };
}

/** Those that stand in other texts by no accident. */
function longValues(secrets: ContractSecrets): readonly string[] {
  return Object.values(secrets)
    .flatMap((fields) => Object.values(fields))
    .filter(({ length }) => length >= minSecretLength);
}

function isTrue(setup: object, need: string): boolean {
  return Reflect.get(setup, need) === true;
}
