import assert from 'node:assert/strict';
import type { ContractCase } from './contract-case.ts';

interface ReadOptions {
  readonly signal?: AbortSignal | undefined;
}

/** A way to reach a Dapr sidecar: the `DaprSidecar` of `@worker-auth/secret-store`. */
export interface DaprSidecarUnderTest {
  isReady(options?: ReadOptions): Promise<boolean>;
  getComponents(options?: ReadOptions): Promise<readonly { readonly name: string; readonly type: string }[]>;
  getSecret(
    component: string,
    name: string,
    options?: ReadOptions,
  ): Promise<Readonly<Record<string, string>> | undefined>;
}

/** The sidecar that the adapter under test reaches. */
export interface DaprSidecarContractSetup {
  /** Makes an adapter. `apiToken` replaces the right token, where the sidecar asks for one. */
  connect(options?: { readonly apiToken?: string }): DaprSidecarUnderTest;
  /** Name of a `secretstores.local.file` component, `multiValued`, over {@link daprContractSecrets}. */
  readonly fileComponent: string;
  /** Name of a `secretstores.local.env` component whose sidecar has {@link daprContractVariable}. */
  readonly environmentComponent: string;
  /** Whether the sidecar asks for an API token. */
  readonly asksForToken: boolean;
  /** A secret of `fileComponent` that the sidecar's scopes deny, when there is one. */
  readonly deniedSecret?: string;
}

/** The variable of the sidecar's environment, named without the component's prefix when it has one. */
export const daprContractVariable = { name: 'WORKER_AUTH_CONTRACT', value: 'from the environment' } as const;

/** The content of the file that `fileComponent` reads. */
export const daprContractSecrets: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'atlan-deployment-secrets': {
    postgres_extraction_client_id: 'contract-id',
    postgres_extraction_client_secret: 'contract-secret',
  },
  'we/ird +%ü': { field: 'under an odd name' },
  empty: { field: '' },
  denied: { field: 'not for everybody' },
};

/** What each adapter to a sidecar does, against a fake and against a real daprd. */
export function daprSidecarContract(setup: DaprSidecarContractSetup): readonly ContractCase[] {
  const { fileComponent, environmentComponent, deniedSecret } = setup;
  const rejectsWith = (promise: Promise<unknown>, code: string): Promise<void> =>
    assert.rejects(promise, (error: unknown) => {
      assert.equal((error as { code?: unknown }).code, code);
      return true;
    });
  const cases: Omit<ContractCase, 'promise'>[] = [
    {
      name: 'says that a started sidecar is ready',
      run: async () => {
        assert.equal(await setup.connect().isReady(), true);
      },
    },
    {
      name: 'lists the components with name and type',
      run: async () => {
        const components = await setup.connect().getComponents();
        const types = new Map(components.map(({ name, type }) => [name, type]));
        assert.equal(types.get(fileComponent), 'secretstores.local.file');
        assert.equal(types.get(environmentComponent), 'secretstores.local.env');
      },
    },
    {
      name: 'gives all fields of a secret',
      run: async () => {
        const secret = await setup.connect().getSecret(fileComponent, 'atlan-deployment-secrets');
        assert.deepEqual({ ...secret }, daprContractSecrets['atlan-deployment-secrets']);
      },
    },
    {
      name: 'encodes a name with a slash, a plus, a percent sign, a space and unicode',
      run: async () => {
        const secret = await setup.connect().getSecret(fileComponent, 'we/ird +%ü');
        assert.deepEqual({ ...secret }, { field: 'under an odd name' });
      },
    },
    {
      name: 'gives undefined for a secret that is not there, which Dapr answers with 500',
      run: async () => {
        assert.equal(await setup.connect().getSecret(fileComponent, 'no-such-secret'), undefined);
      },
    },
    {
      name: 'gives undefined for a secret whose fields are all empty',
      run: async () => {
        assert.equal(await setup.connect().getSecret(fileComponent, 'empty'), undefined);
      },
    },
    {
      name: "gives a variable of the sidecar's environment",
      run: async () => {
        const { name, value } = daprContractVariable;
        const secret = await setup.connect().getSecret(environmentComponent, name);
        assert.deepEqual({ ...secret }, { [name]: value });
      },
    },
    {
      name: 'gives undefined for a variable that is not there, which Dapr answers with 200 and ""',
      run: async () => {
        const secret = await setup.connect().getSecret(environmentComponent, 'WORKER_AUTH_NO_SUCH');
        assert.equal(secret, undefined);
      },
    },
    {
      name: 'rejects with SECRET_STORE_COMPONENT_NOT_FOUND for an unknown component, which Dapr answers with 401',
      run: () => rejectsWith(setup.connect().getSecret('no-such-component', 'any'), 'SECRET_STORE_COMPONENT_NOT_FOUND'),
    },
    {
      name: "rejects with the signal's reason when that is aborted",
      run: async () => {
        const reason = new Error('the caller left');
        const signal = AbortSignal.abort(reason);
        await assert.rejects(setup.connect().getSecret(fileComponent, 'denied', { signal }), reason);
      },
    },
  ];
  if (setup.asksForToken) {
    cases.push({
      name: 'rejects with SECRET_STORE_API_TOKEN_REJECTED for a wrong token, and does not repeat it',
      run: async () => {
        const adapter = setup.connect({ apiToken: 'contract-wrong-token' });
        const error: unknown = await adapter
          .getSecret(fileComponent, 'any')
          .catch((reason: unknown) => reason);
        assert.equal((error as { code?: unknown }).code, 'SECRET_STORE_API_TOKEN_REJECTED');
        assert.ok(!String(error).includes('contract-wrong-token'));
      },
    });
  }
  if (deniedSecret !== undefined) {
    cases.push({
      name: "rejects with SECRET_STORE_ACCESS_DENIED for a secret that the sidecar's scopes deny",
      run: () => rejectsWith(setup.connect().getSecret(fileComponent, deniedSecret), 'SECRET_STORE_ACCESS_DENIED'),
    });
  }
  return cases.map((contract) => ({ ...contract, promise: contract.name }));
}
