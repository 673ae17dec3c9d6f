import { daprBackEndErrors, type FakeDaprSidecar, InMemorySecretStore } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { discoverCredentials } from '../src/discovery/discover-credentials.ts';
import { CredentialsUnavailableError } from '../src/errors.ts';
import { bundle, component, rejection, startFake } from './support.ts';

const applicationName = 'postgres-extraction';
const bundleName = 'atlan-deployment-secrets';
const idKey = 'postgres_extraction_client_id';
const secretKey = 'postgres_extraction_client_secret';
const fileKey = 'postgres_extraction_client_assertion_file';
const optionalKeys = ['atlan_auth_url', fileKey, 'workflow_tls_enabled'];
const optionalKeysDenied = `(no right to read "atlan_auth_url", "${fileKey}", "workflow_tls_enabled")`;
const oneByOne = `Dapr secret store component "${component}", secrets "${idKey}" and "${secretKey}"`;

const type = 'secretstores.aws.secretmanager';

type Deny = (fake: FakeDaprSidecar, names: readonly string[]) => void;

const waysToDeny: Readonly<Record<string, Deny>> = {
  'the rights at the back end': (fake, names) => {
    const { denied: text } = daprBackEndErrors[type];
    fake.breakComponent(component, (name) => (names.includes(name) ? text(name) : undefined));
  },
  "the sidecar's scopes": (fake, names) => {
    fake.components = fake.components.map((described) => ({
      ...described,
      scope: { deniedSecrets: names },
    }));
  },
};

for (const [way, deny] of Object.entries(waysToDeny)) {
  describe(`what ${way} deny`, () => {
    async function discover(secrets: Record<string, string | Record<string, string>>, denied: string[]) {
      const { fake, url } = await startFake({ components: [{ name: component, type, secrets }] });
      deny(fake, denied);
      return discoverCredentials({ applicationName, env: { DAPR_HTTP_ENDPOINT: url }, order: ['dapr'] });
    }

    it('of the optional keys is not there, and the source says that it was denied', async () => {
      const credentials = await (await discover(bundle, optionalKeys)).get();
      expect(credentials).toMatchObject({ clientId: 'the-id', tokenUrl: undefined });
      expect(credentials.source).toBe(`${oneByOne} ${optionalKeysDenied}`);
    });

    it('of the bundle alone lets the keys be read one by one', async () => {
      const credentials = await (await discover(bundle, [bundleName])).get();
      expect(credentials).toMatchObject({ clientId: 'the-id', source: oneByOne });
    });

    it('of the client secret is an error, never half a pair', async () => {
      const error = await rejection((await discover(bundle, [secretKey])).get());
      expect(error).toMatchObject({ code: 'SECRET_STORE_ACCESS_DENIED', kind: 'configuration' });
      expect(String(error)).toContain(`secret "${secretKey}"`);
    });

    it('of the bundle, with no keys, is an error that says both', async () => {
      const error = await rejection((await discover({}, [bundleName])).get());
      expect(error).toBeInstanceOf(CredentialsUnavailableError);
      expect(error).toMatchObject({ code: 'SECRET_STORE_ACCESS_DENIED', retryable: false });
      expect(String(error)).toContain(`secret "${bundleName}"`);
      expect(String(error)).toContain(`There are no secrets "${idKey}" and "${secretKey}" either`);
    });

    it('of everything is an error that says both', async () => {
      const all = [bundleName, idKey, secretKey, ...optionalKeys];
      const error = await rejection((await discover(bundle, all)).get());
      expect(error).toMatchObject({ code: 'SECRET_STORE_ACCESS_DENIED' });
      expect(String(error)).toContain(`secret "${bundleName}"`);
      expect(String(error)).toContain(`One secret a key: Failed to fetch secret`);
    });
  });
}

it('an outage of an optional key is an outage: only a denial is "not there"', async () => {
  const store = new InMemorySecretStore(bundle);
  store.failWith((name) => (name === 'atlan_auth_url' ? new Error('down') : undefined));
  const order = [{ name: 'our vault', store }];
  const error = await rejection(discoverCredentials({ applicationName, env: {}, order }).get());
  expect(error).toMatchObject({ code: 'SECRET_STORE_FAILED', retryable: true });
});
