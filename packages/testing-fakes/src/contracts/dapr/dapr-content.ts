import { planting } from '../checks.ts';
import { oddFields, oddValues, randomFields } from '../odd-content.ts';

/** The variable of the sidecar's environment, named without the component's prefix when it has one. */
export const daprContractVariable = { name: 'WORKER_AUTH_CONTRACT', value: planting('tR6=vk.Zn8') } as const;

/** Secrets that the cases read. */
export const deployment = 'atlan-deployment-secrets';
export const oddName = 'we/ird +%ü:\\@*';
export const missing = 'no-such-secret';
export const oddContent = 'odd-content';

/** The content of the file that `fileComponent` reads. */
export const daprContractSecrets: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  [deployment]: {
    postgres_extraction_client_id: 'contract-id',
    postgres_extraction_client_secret: planting('V7+hq.Zx2*mT~w9%Lk='),
  },
  [oddName]: { field: 'under an odd name' },
  [oddContent]: { ...oddFields, ...oddValues, ...randomFields },
  empty: { field: '' },
  denied: { field: 'not for everybody' },
};

/** An API token that no sidecar has, and that nothing else shows. */
export const wrongToken = planting('Kq8%v.2Rt+x5=Zd*J9w&fM3b');
