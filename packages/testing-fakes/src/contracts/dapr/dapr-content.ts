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
