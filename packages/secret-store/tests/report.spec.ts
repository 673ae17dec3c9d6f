import { describe, expect, it } from 'vitest';
import { discoverCredentials } from '../src/discovery/discover-credentials.ts';
import { CredentialsNotFoundError } from '../src/errors.ts';
import { memoryStore } from '../src/stores/memory-store.ts';
import type { Secret } from '@worker-auth/internal';
import { rejection } from './support.ts';

const applicationName = 'postgres-extraction';
const bundleName = 'atlan-deployment-secrets';
const notSet = 'ATLAN_postgres_extraction_client_id and ATLAN_postgres_extraction_client_secret are not set';

/** What is told of the environment, when nothing is there. */
async function environmentReport(names: readonly string[]): Promise<string | undefined> {
  const env = Object.fromEntries(names.map((name) => [name, 'a-value']));
  return report(discoverCredentials({ applicationName, env, order: ['environment'] }).get());
}

/** What is told of a store of one's own, when the credentials are not there. */
async function storeReport(secrets: Record<string, Secret | string>): Promise<string | undefined> {
  const order = [{ name: 'our vault', store: memoryStore(secrets) }];
  return report(discoverCredentials({ applicationName, env: {}, order }).get());
}

async function report(outcome: Promise<unknown>): Promise<string | undefined> {
  const error = await rejection(outcome);
  expect(error).toBeInstanceOf(CredentialsNotFoundError);
  return (error as CredentialsNotFoundError).searchedSources[0]?.found;
}

describe('the report of the environment', () => {
  it('names the variables that are nearly what is looked for', async () => {
    expect(await environmentReport(['ATLAN_postgres_client_id', 'atlan_x_CLIENT_SECRET'])).toBe(
      `${notSet}; set are ATLAN_postgres_client_id, atlan_x_CLIENT_SECRET`,
    );
  });

  it('says which are empty, and nothing of one that is undefined', async () => {
    const env = {
      ATLAN_postgres_extraction_client_id: '',
      ATLAN_postgres_extraction_client_secret: undefined,
    };
    const found = await report(discoverCredentials({ applicationName, env, order: ['environment'] }).get());
    expect(found).toBe(`${notSet}; empty are ATLAN_postgres_extraction_client_id`);
  });
});

it('the report of a secret names 20 keys, and says how many more there are', async () => {
  const keys = Array.from({ length: 23 }, (_, index) => `key-${index}`);
  const report = await storeReport({
    [bundleName]: Object.fromEntries(keys.map((key) => [key, 'a-value'])),
  });
  expect(report).toBe(`secret "${bundleName}" has the keys ${keys.slice(0, 20).join(', ')} and 3 more`);
});

it.each(['a b', 'a.b'])(
  'an application whose name makes no variable of a shell is not told to set one: "%s"',
  async (applicationName) => {
    const error = await rejection(
      discoverCredentials({ applicationName, env: {}, order: ['environment'] }).get(),
    );
    expect(String(error)).toContain('use letters, digits, hyphens and underscores, or give the secret');
    expect(String(error)).not.toContain('Set the environment variables');
  },
);
