import { applicationKey } from '../application-key.ts';

/** The names under which an application's credentials are kept. */
export interface CredentialKeys {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly authUrl: string;
  readonly tlsEnabled: string;
}

/** `postgres-extraction` gives `postgres_extraction_client_id` and so on. */
export function credentialKeys(applicationName: string): CredentialKeys {
  const key = applicationKey(applicationName);
  return {
    clientId: `${key}_client_id`,
    clientSecret: `${key}_client_secret`,
    authUrl: 'atlan_auth_url',
    tlsEnabled: 'workflow_tls_enabled',
  };
}

/** The same names in upper case, as environment variables often are. */
export function inUpperCase(keys: CredentialKeys): CredentialKeys {
  return {
    clientId: keys.clientId.toUpperCase(),
    clientSecret: keys.clientSecret.toUpperCase(),
    authUrl: keys.authUrl.toUpperCase(),
    tlsEnabled: keys.tlsEnabled.toUpperCase(),
  };
}
