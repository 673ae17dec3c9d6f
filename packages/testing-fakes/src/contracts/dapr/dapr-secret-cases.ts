import {
  check,
  checkFails,
  checkFields,
  checkRejectsWith,
  checkSame,
  checkShowsNone,
  leavingCaller,
} from '../checks.ts';
import {
  daprContractSecrets,
  daprContractVariable,
  deployment,
  missing,
  oddContent,
  oddName,
  wrongToken,
} from './dapr-content.ts';
import { callsOf, checkAskedOnce, daprCases, daprPromises as promises, during } from './dapr-under-test.ts';

const notThere = [missing, 'Atlan-Deployment-Secrets', 'constructor', '__proto__'];

export const secretCases = [
  ...daprCases(promises.ready, {
    'says that a started sidecar is ready': async ({ adapter }) => {
      checkSame(await adapter.isReady(), true, 'What isReady gives');
    },
  }),
  ...daprCases(promises.components, {
    'lists the components with name and type, all of them and in order': async (fixture) => {
      const components = await fixture.adapter.getComponents();
      const typeOf = (wanted: string): unknown => components.find(({ name }) => name === wanted)?.type;
      checkSame(typeOf(fixture.fileComponent), 'secretstores.local.file', 'The type of the one component');
      checkSame(typeOf(fixture.environmentComponent), 'secretstores.local.env', 'The type of the other one');
      const names = components.map(({ name }) => name);
      checkSame(names, fixture.componentNames ?? names, 'The names of the components');
    },
  }),
  ...daprCases(promises.secret, {
    'gives all fields of a secret': async ({ adapter, fileComponent }) => {
      const options = Object.freeze({ signal: undefined });
      const secret = await adapter.getSecret(fileComponent, deployment, options);
      checkFields(secret, daprContractSecrets[deployment] ?? {}, 'the secret');
    },
    'gives a secret of the component that was asked, and of no other': async (fixture) => {
      const { adapter, fileComponent, environmentComponent } = fixture;
      await adapter.getSecret(fileComponent, deployment);
      const secret = await adapter.getSecret(environmentComponent, deployment);
      const isEmpty = Object.values(secret ?? {}).every((value) => value === '');
      check(isEmpty, 'A secret of one component was given for another component');
    },
    'encodes a name with a slash, a plus, a percent sign, a space and unicode': async (fixture) => {
      const secret = await fixture.adapter.getSecret(fixture.fileComponent, oddName);
      checkFields(secret, { field: 'under an odd name' }, 'the secret of an odd name');
    },
    'keeps the names of fields and the values as they are: ends of lines, marks, and however long': async ({
      adapter,
      fileComponent,
    }) => {
      const secret = await adapter.getSecret(fileComponent, oddContent);
      checkFields(secret, daprContractSecrets[oddContent] ?? {}, 'the secret');
    },
    'gives undefined for a secret that is not there, which Dapr answers with 500': async (fixture) => {
      for (const name of notThere) {
        const secret = await fixture.adapter.getSecret(fixture.fileComponent, name);
        check(secret === undefined, `"${name}" must be undefined: it is not there`);
      }
    },
    "gives a variable of the sidecar's environment": async ({ adapter, environmentComponent }) => {
      const { name, value } = daprContractVariable;
      const secret = await adapter.getSecret(environmentComponent, name);
      checkFields(secret, { [name]: value }, 'the variable');
    },
  }),
  ...daprCases(promises.empty, {
    'gives undefined for a secret whose fields are all empty': async ({ adapter, fileComponent }) => {
      const secret = await adapter.getSecret(fileComponent, 'empty');
      check(secret === undefined, 'A secret without a value must be undefined');
    },
    'gives undefined for a variable that is not there, which Dapr answers with 200 and ""': async ({
      adapter,
      environmentComponent,
    }) => {
      const secret = await adapter.getSecret(environmentComponent, 'WORKER_AUTH_NO_SUCH');
      check(secret === undefined, 'A variable that is not there must be undefined: Dapr gives it empty');
    },
  }),
  ...daprCases([promises.secret, 'misbehave'], {
    'gives undefined when the sidecar answers 204': (fixture) =>
      during(fixture, 'noContent', async () => {
        const secret = await fixture.adapter.getSecret(fixture.fileComponent, missing);
        check(secret === undefined, 'No content must be undefined: the component has no such secret');
      }),
  }),
  ...daprCases(promises.rejects, {
    'rejects with SECRET_STORE_COMPONENT_NOT_FOUND for an unknown component, which Dapr answers with 401': ({
      adapter,
    }) =>
      checkRejectsAs('SECRET_STORE_COMPONENT_NOT_FOUND', adapter.getSecret('no-such-component', deployment)),
    "rejects with the signal's reason when that is aborted": async (fixture) => {
      const { signal, reason, leave } = leavingCaller();
      leave();
      await Promise.all(callsOf(fixture, signal).map((call) => checkRejectsWith(call, reason, 'The call')));
    },
  }),
  ...daprCases(promises.secrets, {
    'shows no secret and no API token when it is inspected or turned into JSON': async (fixture) => {
      const adapters = [fixture.adapter, fixture.connect({ apiToken: wrongToken })];
      for (const adapter of adapters) {
        await adapter.getSecret(fixture.fileComponent, deployment).catch(() => undefined);
        const planted = [wrongToken, ...Object.values(daprContractSecrets[deployment] ?? {})];
        checkShowsNone(adapter, planted, 'The adapter');
      }
    },
  }),
  ...daprCases([promises.rejects, 'asksForToken'], {
    'rejects with SECRET_STORE_API_TOKEN_REJECTED for a wrong token, and asks once': async (fixture) => {
      const { fileComponent, requests } = fixture;
      const before = requests?.() ?? 0;
      const read = fixture.connect({ apiToken: wrongToken }).getSecret(fileComponent, deployment);
      await checkRejectsAs('SECRET_STORE_API_TOKEN_REJECTED', read, [wrongToken]);
      await checkAskedOnce(fixture, before, 'a read with a wrong token');
    },
  }),
  ...daprCases([promises.rejects, 'deniedSecret'], {
    "rejects with SECRET_STORE_ACCESS_DENIED for a secret that the sidecar's scopes deny": (fixture) => {
      const { adapter, fileComponent, deniedSecret = '' } = fixture;
      return checkRejectsAs('SECRET_STORE_ACCESS_DENIED', adapter.getSecret(fileComponent, deniedSecret));
    },
  }),
];

async function checkRejectsAs(
  code: string,
  read: Promise<unknown>,
  secrets: readonly string[] = [],
): Promise<void> {
  const error = await checkFails(read, 'The read', secrets);
  checkSame((error as { readonly code?: unknown }).code, code, 'The code of the error');
}
