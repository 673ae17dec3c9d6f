import type { Environment } from '@worker-auth/internal';
import { applicationKey } from '@worker-auth/secret-store';
import type { NamedAuthOptions } from './auth-options.ts';

/** Variables that only a program with tokens needs. */
const variables = [
  'ATLAN_WORKFLOW_AUTH_URL',
  'ATLAN_AUTH_URL',
  'ATLAN_DEPLOYMENT_SECRET_COMPONENT',
  'ATLAN_DEPLOYMENT_SECRET_NAME',
  'ATLAN_DEPLOYMENT_SECRET_PATH',
];

/** The name of the first option or variable that says where credentials or tokens come from; `undefined` when there is none. */
export function configuredCredentials(options: NamedAuthOptions, env: Environment): string | undefined {
  const { clientId, clientSecret, credentials, discovery, authUrl, tokenFile, token, applicationName } =
    options;
  const { tokenUrl, issuer, clientAssertion } = token ?? {};
  const given = {
    ...{ clientId, clientSecret, credentials, discovery, authUrl, tokenFile },
    ...{ 'token.tokenUrl': tokenUrl, 'token.issuer': issuer, 'token.clientAssertion': clientAssertion },
  };
  const [option] = Object.entries(given).find(([, value]) => value !== undefined) ?? [];
  if (option !== undefined) return `option ${option}`;
  // In lower or upper case, as discovery reads them.
  const key = `ATLAN_${applicationKey(applicationName)}_client_`.toLowerCase();
  return Object.keys(env).find(
    (name) => env[name] && (variables.includes(name) || name.toLowerCase().startsWith(key)),
  );
}
