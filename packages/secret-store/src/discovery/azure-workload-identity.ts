import type { Environment } from '@worker-auth/internal';
import { invalidSetting } from '../named-setting.ts';
import { FoundCredentials } from './credentials.ts';

const file = 'AZURE_FEDERATED_TOKEN_FILE';
const companions = ['AZURE_CLIENT_ID', 'AZURE_TENANT_ID'] as const;
const host = 'AZURE_AUTHORITY_HOST';

/** Of the public cloud; the webhook sets another one for the others. */
const defaultHost = 'https://login.microsoftonline.com/';

/** What the environment has of an Azure workload identity: credentials, or what is missing beside the file, in words. */
export type AzureIdentity = FoundCredentials | { readonly missing: string };

/**
 * The identity that the webhook of Azure workload identity put into the pod: `AZURE_CLIENT_ID`, the file `AZURE_FEDERATED_TOKEN_FILE`, and the
 * token endpoint (version 2) of `AZURE_TENANT_ID` at `AZURE_AUTHORITY_HOST`. `undefined` without such a file. An empty variable counts as
 * one that is not set: the webhook leaves `AZURE_CLIENT_ID` empty where the service account names none.
 *
 * @throws InvalidSettingError for a tenant or a host that can be none
 * @see https://azure.github.io/azure-workload-identity/docs/installation/mutating-admission-webhook.html
 */
export function azureWorkloadIdentity(env: Environment): AzureIdentity | undefined {
  const clientAssertionFile = env[file] || undefined;
  if (clientAssertionFile === undefined) return undefined;
  const missing = companions.filter((name) => !env[name]);
  const { AZURE_CLIENT_ID: clientId, AZURE_TENANT_ID: tenant } = env;
  if (!clientId || !tenant) return { missing: `${file} is set, but not ${missing.join(' and ')}` };
  return new FoundCredentials({
    clientId,
    clientAssertionFile,
    source: `environment variables ${companions[0]} and ${file}`,
    tokenUrl: tokenUrlOf(tenant, env[host] || defaultHost),
  });
}

function tokenUrlOf(tenant: string, authority: string): string {
  // A GUID or a domain name: anything else would be another path.
  if (!/^[\w-]+(?:\.[\w-]+)*$/.test(tenant)) {
    throw invalidSetting(companions[1], 'the id or the domain name of a tenant');
  }
  if (!URL.canParse(authority) || !/^https?:$/.test(new URL(authority).protocol)) {
    throw invalidSetting(host, 'an https URL');
  }
  return `${authority.replace(/\/+$/, '')}/${tenant}/oauth2/v2.0/token`;
}
