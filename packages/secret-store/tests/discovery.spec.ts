import { inspect } from 'node:util';
import { FakeDaprSidecar } from '@worker-auth/testing-fakes';
import { afterEach, describe, expect, it } from 'vitest';
import { discoverCredentials } from '../src/index.ts';

const component = 'deployment-secret-store';
let fake: FakeDaprSidecar | undefined;

afterEach(async () => {
  await fake?.stop();
});

describe('discoverCredentials', () => {
  it('finds a map in a Dapr component, and says where', async () => {
    fake = new FakeDaprSidecar({
      components: [
        {
          name: component,
          type: 'secretstores.hashicorp.vault',
          secrets: {
            'atlan-deployment-secrets': {
              postgres_extraction_client_id: 'the-id',
              postgres_extraction_client_secret: 'the-secret',
            },
          },
        },
      ],
    });
    const { url } = await fake.start();
    const source = discoverCredentials({
      applicationName: 'postgres-extraction',
      env: { DAPR_HTTP_ENDPOINT: url },
    });
    const credentials = await source.get();
    expect(credentials.clientId).toBe('the-id');
    expect(credentials.clientSecret).toBe('the-secret');
    expect(credentials.source).toBe(
      'Dapr secret store component "deployment-secret-store", secret "atlan-deployment-secrets"',
    );
    expect(inspect(credentials, { depth: 9, showHidden: true })).not.toContain('the-secret');
  });
});
