import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import {
  FakeClock,
  type FakeDaprComponent,
  FakeDaprSidecar,
  type HttpFault,
  secretStoreContract,
  type SecretStoreContractSetup,
  type SecretStoreFixture,
} from '@worker-auth/testing-fakes';
import { describe, it } from 'vitest';
import { daprStore } from '../src/dapr/dapr-store.ts';
import { cached } from '../src/stores/cached.ts';
import { chain } from '../src/stores/chain.ts';
import { environmentStore } from '../src/stores/environment-store.ts';
import { folderStore } from '../src/stores/folder-store.ts';
import { memoryStore } from '../src/stores/memory-store.ts';
import type { Secret, SecretStore } from '@worker-auth/internal';
import { component } from './support.ts';

type Secrets = Readonly<Record<string, Secret>>;

const apiToken = 'the-api-token';

/** How long a read of Dapr waits for a response. */
const requestTimeoutMs = 10_000;

/** What a fixture over a fake sidecar can do. */
const daprFixtures = {
  canFail: true,
  canMend: true,
  canHang: true,
  canAnswerMalformed: true,
  canCountReads: true,
} as const;

/** No file has a name with a slash. */
const fileNames = ['MixedCase.Name-1_x', 'with space', 'with+plus', 'with%20percent', 'wïth-ünicode-€'];

const setups: Readonly<Record<string, SecretStoreContractSetup>> = {
  memoryStore: { shape: 'map', create: memoryFixture },
  environmentStore: { shape: 'value', create: environmentFixture },
  folderStore: { shape: 'value', canFail: true, names: fileNames, create: folderFixture },
  'chain of an empty store and a full one': {
    shape: 'map',
    canFail: true,
    create: (secrets) => over(failing(secrets), (store) => chain([memoryStore(), store])),
  },
  cached: {
    shape: 'map',
    canFail: true,
    create: (secrets) => over(failing(secrets), (store) => cached(store)),
  },
  'daprStore over a Vault component': {
    shape: 'map',
    ...daprFixtures,
    create: (secrets) => daprFixture({ name: component, type: 'secretstores.hashicorp.vault' }, secrets),
  },
  'daprStore over the environment of the sidecar': {
    shape: 'value',
    ...daprFixtures,
    create: (secrets) => daprFixture({ name: component, type: 'secretstores.local.env' }, secrets),
  },
};

for (const [name, setup] of Object.entries(setups)) {
  describe(name, () => {
    for (const contract of secretStoreContract(setup)) it(contract.name, () => contract.run());
  });
}

function memoryFixture(secrets: Secrets): SecretStoreFixture {
  const store = memoryStore(secrets);
  let held = secrets;
  return {
    store,
    replace: (next) => {
      for (const name of Object.keys(held)) store.delete(name);
      for (const [name, secret] of Object.entries(next)) store.set(name, secret);
      held = next;
    },
  };
}

function failing(secrets: Secrets): SecretStoreFixture {
  const inner = memoryFixture(secrets);
  let isBroken = false;
  return {
    store: {
      get: (name, options) =>
        isBroken ? Promise.reject(new Error('broken')) : inner.store.get(name, options),
    },
    replace: (next) => inner.replace(next),
    break: () => {
      isBroken = true;
    },
  };
}

function over(inner: SecretStoreFixture, wrap: (store: SecretStore) => SecretStore): SecretStoreFixture {
  return { ...inner, store: wrap(inner.store) };
}

function environmentFixture(secrets: Secrets): SecretStoreFixture {
  const env: Record<string, string | undefined> = {};
  const replace = (next: Secrets): void => {
    for (const variable of Object.keys(env)) env[variable] = undefined;
    for (const [name, secret] of Object.entries(next)) env[`ATLAN_${name}`] = secret[name] ?? '';
  };
  replace(secrets);
  return { store: environmentStore({ env }), replace };
}

async function folderFixture(secrets: Secrets): Promise<SecretStoreFixture> {
  const folder = await mkdtemp(join(tmpdir(), 'secret-store-'));
  const replace = async (next: Secrets): Promise<void> => {
    for (const name of await readdir(folder)) await rm(join(folder, name));
    for (const [name, { [name]: value = '' }] of Object.entries(next)) {
      // Of two byte order marks the first is the file's, and of two line breaks the last.
      const mark = value.startsWith('\uFEFF') ? '\uFEFF' : '';
      const end = value.endsWith('\n') ? '\n' : '';
      await writeFile(join(folder, name), `${mark}${value}${end}`);
    }
  };
  await replace(secrets);
  const dispose = (): Promise<void> => rm(folder, { recursive: true, force: true });
  return { store: folderStore(folder), replace, break: dispose, dispose };
}

async function daprFixture(described: FakeDaprComponent, secrets: Secrets): Promise<SecretStoreFixture> {
  const isValue = described.type === 'secretstores.local.env';
  const asHeld = (next: Secrets): FakeDaprComponent['secrets'] =>
    isValue ? (Object.assign({}, ...Object.values(next)) as Record<string, string>) : next;
  const fake = await FakeDaprSidecar.start({
    apiToken,
    components: [{ ...described, secrets: asHeld(secrets) ?? {} }],
  });
  const { url } = fake;
  const clock = new FakeClock();
  let isSilent = false;
  /** Time passes for those who get no response, once everybody else has had time enough. */
  const passTime = async (): Promise<void> => {
    for (let turns = 1; isSilent; turns++) {
      await setImmediate();
      if (turns % 1_000 === 0) await clock.advance(requestTimeoutMs);
    }
  };
  const readsMeet = (fault: HttpFault) => (): void => {
    fake.failWith(fault, 'secrets');
  };
  return {
    store: daprStore({
      env: { DAPR_HTTP_ENDPOINT: url, DAPR_API_TOKEN: apiToken },
      ...{ clock, requestTimeoutMs },
    }),
    secrets: [apiToken],
    replace: (next) => {
      fake.setSecrets(component, asHeld(next) ?? {});
    },
    break: readsMeet({ status: 500, body: `{"echoed":"${apiToken}"}` }),
    mend: () => {
      isSilent = false;
      fake.recover();
    },
    hang: () => {
      isSilent = true;
      fake.failWith({ connection: 'hang' }, 'secrets');
      void passTime();
    },
    answerMalformed: readsMeet({ body: '<html>' }),
    reads: () => fake.requestsTo('/secrets/').length,
    dispose: () => {
      isSilent = false;
      return fake.stop();
    },
  };
}
