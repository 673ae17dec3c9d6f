import { oddFields, oddValues } from '../odd-content.ts';

/** The variable of the sidecar's environment, named without the component's prefix when it has one. */
export const daprContractVariable = { name: 'WORKER_AUTH_CONTRACT', value: 'from the environment' } as const;

/** Secrets that the cases read. */
export const deployment = 'atlan-deployment-secrets';
export const oddName = 'we/ird +%ü:\\@*';
export const missing = 'no-such-secret';
export const oddContent = 'odd-content';

/** The content of the file that `fileComponent` reads. */
export const daprContractSecrets: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  [deployment]: {
    postgres_extraction_client_id: 'contract-id',
    postgres_extraction_client_secret: 'contract-secret',
  },
  [oddName]: { field: 'under an odd name' },
  [oddContent]: {
    ...oddFields,
    ...oddValues,
    // Longer than the pieces in which a body comes, some of which end within a character.
    'a value of 300 kB': '€'.repeat(100_000),
    'a value that ends with a line': 'a line\n',
  },
  empty: { field: '' },
  denied: { field: 'not for everybody' },
};
