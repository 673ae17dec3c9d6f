/** The variable of the sidecar's environment, named without the component's prefix when it has one. */
export const daprContractVariable = { name: 'WORKER_AUTH_CONTRACT', value: 'from the environment' } as const;

/** Secrets that the cases read. */
export const deployment = 'atlan-deployment-secrets';
export const oddName = 'we/ird +%ü';
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
    'tls.crt': 'two\r\nlines\r\n.',
    'with space': '\uFEFFmarked',
    MixedCase: `${'long '.repeat(1_800)}.`,
  },
  empty: { field: '' },
  denied: { field: 'not for everybody' },
};
