import type { MockOAuthServer } from '@worker-auth/testing-fakes';
import type { AtlanAuthClientOptions, CommonOptions } from '@worker-auth/calls/settings/auth-options';
import { clientSecret, type Credentials } from '@worker-auth/calls/settings/credentials';

type DocumentOptions = Extract<AtlanAuthClientOptions, { readonly clientId: string | undefined }>;

/** The ordinary options of a client of this server: explicit credentials, and nothing from the environment. */
export function authOptions(oauth: MockOAuthServer): DocumentOptions {
  return {
    ...{ applicationName: 'postgres-extraction', authEnabled: true, authUrl: oauth.tokenUrl },
    ...{ clientId: oauth.clientId, clientSecret: oauth.clientSecret, env: {} },
  };
}

/** The same of a plugin. */
export function pluginOptions({
  clientId: id,
  clientSecret: secret,
  tokenUrl,
}: MockOAuthServer): Pick<CommonOptions, 'env'> & { readonly credentials: Credentials } {
  const credentials = clientSecret({ id, secret, tokenUrl });
  return { credentials, env: {} };
}
