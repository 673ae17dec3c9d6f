import type { MockOAuthServer } from '@worker-auth/testing-fakes';
import type { NamedAuthOptions } from '../../src/settings/auth-options.ts';

/** The ordinary options of a client of this server: explicit credentials, and nothing from the environment. */
export function authOptions(oauth: MockOAuthServer): NamedAuthOptions {
  return {
    applicationName: 'postgres-extraction',
    authEnabled: true,
    authUrl: oauth.tokenUrl,
    clientId: oauth.clientId,
    clientSecret: oauth.clientSecret,
    env: {},
  };
}
