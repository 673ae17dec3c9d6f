import type { MockOAuthServer } from '@worker-auth/testing-fakes';
import type { CommonOptions } from '../../src/settings/auth-options.ts';
import { clientSecret, type Credentials } from '../../src/settings/credentials.ts';

/** As the source document has them. */
type DocumentOptions = Readonly<
  Record<'applicationName' | 'authUrl' | 'clientId' | 'clientSecret', string>
> & { readonly authEnabled: true; readonly env: Readonly<Record<string, string>> };

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
