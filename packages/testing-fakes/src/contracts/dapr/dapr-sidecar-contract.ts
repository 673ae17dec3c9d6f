import { callback, checkGiven, type Checks, flag, listOf, oneOf, text } from '../../given/check-given.ts';
import { check, checkFails, checkFields, checkRejectsWith, checkSame, leavingCaller } from '../checks.ts';
import { type ContractCase, contractCase, patienceChecks } from '../contract-case.ts';
import {
  daprContractSecrets,
  daprContractVariable,
  deployment,
  missing,
  oddContent,
  oddName,
} from './dapr-content.ts';
import { daprFaultCases } from './dapr-fault-cases.ts';
import { daprPromises as promises } from './dapr-promises.ts';
import { callsOf, type DaprSidecarContractSetup, misbehaviours } from './dapr-under-test.ts';

const setupChecks: Checks<DaprSidecarContractSetup> = {
  ...patienceChecks,
  connect: callback,
  fileComponent: text,
  environmentComponent: text,
  asksForToken: flag,
  deniedSecret: text,
  misbehave: callback,
  leftToDeadlines: listOf(oneOf(misbehaviours)),
  requests: callback,
};

const unknownComponent = 'no-such-component';

/** What each adapter to a sidecar does, against a fake and against a real daprd. */
export function daprSidecarContract(setup: DaprSidecarContractSetup): readonly ContractCase[] {
  checkGiven('daprSidecarContract', setup, setupChecks);
  const { fileComponent, environmentComponent, deniedSecret } = setup;
  const rejectsWith = async (
    read: Promise<unknown>,
    code: string,
    secrets: readonly string[] = [],
  ): Promise<void> => {
    const error = await checkFails(read, 'The read', secrets);
    checkSame((error as { readonly code?: unknown }).code, code, 'The code of the error');
  };
  const cases: ContractCase[] = [
    {
      name: 'says that a started sidecar is ready',
      promise: promises.ready,
      run: async () => {
        checkSame(await setup.connect().isReady(), true, 'What isReady gives');
      },
    },
    {
      name: 'lists the components with name and type',
      promise: promises.components,
      run: async () => {
        const components = await setup.connect().getComponents();
        const types = new Map(components.map(({ name, type }) => [name, type]));
        checkSame(types.get(fileComponent), 'secretstores.local.file', 'The type of the one component');
        checkSame(
          types.get(environmentComponent),
          'secretstores.local.env',
          'The type of the other component',
        );
        const inOrder = [fileComponent, environmentComponent];
        const names = [...types.keys()].filter((name) => inOrder.includes(name));
        if (setup.misbehave !== undefined) checkSame(names, inOrder, 'The order of the components');
      },
    },
    {
      name: 'gives all fields of a secret',
      promise: promises.secret,
      run: async () => {
        const secret = await setup.connect().getSecret(fileComponent, deployment);
        checkFields(secret, daprContractSecrets[deployment] ?? {}, 'the secret');
      },
    },
    {
      name: 'encodes a name with a slash, a plus, a percent sign, a space and unicode',
      promise: promises.secret,
      run: async () => {
        const secret = await setup.connect().getSecret(fileComponent, oddName);
        checkFields(secret, { field: 'under an odd name' }, 'the secret of an odd name');
      },
    },
    {
      name: 'keeps the names of fields and the values as they are: ends of lines, marks, and however long',
      promise: promises.secret,
      run: async () => {
        const secret = await setup.connect().getSecret(fileComponent, oddContent);
        checkFields(secret, daprContractSecrets[oddContent] ?? {}, 'the secret');
      },
    },
    {
      name: 'gives undefined for a secret that is not there, which Dapr answers with 500',
      promise: promises.secret,
      run: async () => {
        for (const name of [missing, 'Atlan-Deployment-Secrets', 'constructor', '__proto__']) {
          const secret = await setup.connect().getSecret(fileComponent, name);
          check(secret === undefined, `"${name}" must be undefined: it is not there`);
        }
      },
    },
    {
      name: 'gives undefined for a secret whose fields are all empty',
      promise: promises.secret,
      run: async () => {
        const secret = await setup.connect().getSecret(fileComponent, 'empty');
        check(secret === undefined, 'A secret without a value must be undefined');
      },
    },
    {
      name: "gives a variable of the sidecar's environment",
      promise: promises.secret,
      run: async () => {
        const { name, value } = daprContractVariable;
        const secret = await setup.connect().getSecret(environmentComponent, name);
        checkFields(secret, { [name]: value }, 'the variable');
      },
    },
    {
      name: 'gives undefined for a variable that is not there, which Dapr answers with 200 and ""',
      promise: promises.secret,
      run: async () => {
        const secret = await setup.connect().getSecret(environmentComponent, 'WORKER_AUTH_NO_SUCH');
        check(secret === undefined, 'A variable that is not there must be undefined');
      },
    },
    {
      name: 'rejects with SECRET_STORE_COMPONENT_NOT_FOUND for an unknown component, which Dapr answers with 401',
      promise: promises.rejects,
      run: () =>
        rejectsWith(
          setup.connect().getSecret(unknownComponent, deployment),
          'SECRET_STORE_COMPONENT_NOT_FOUND',
        ),
    },
    {
      name: "rejects with the signal's reason when that is aborted",
      promise: promises.rejects,
      run: async () => {
        const { signal, reason, leave } = leavingCaller();
        leave();
        const calls = callsOf(setup.connect(), setup, signal);
        await Promise.all(calls.map((call) => checkRejectsWith(call, reason, 'The call')));
      },
    },
  ];
  if (setup.asksForToken) {
    cases.push({
      name: 'rejects with SECRET_STORE_API_TOKEN_REJECTED for a wrong token, and does not repeat it',
      promise: promises.rejects,
      run: () => {
        const apiToken = 'contract-wrong-token';
        const read = setup.connect({ apiToken }).getSecret(fileComponent, deployment);
        return rejectsWith(read, 'SECRET_STORE_API_TOKEN_REJECTED', [apiToken]);
      },
    });
  }
  if (deniedSecret !== undefined) {
    cases.push({
      name: "rejects with SECRET_STORE_ACCESS_DENIED for a secret that the sidecar's scopes deny",
      promise: promises.rejects,
      run: () =>
        rejectsWith(setup.connect().getSecret(fileComponent, deniedSecret), 'SECRET_STORE_ACCESS_DENIED'),
    });
  }
  cases.push(...daprFaultCases(setup));
  return cases.map((contract) =>
    contractCase({
      name: contract.name,
      promise: contract.promise,
      patienceMs: setup.patienceMs,
      create: () => ({}),
      body: () => contract.run(),
    }),
  );
}
