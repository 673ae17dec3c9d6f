import { processTimes } from '@worker-auth/workspace/process-times';
import type { Endpoint } from './contenders.ts';

/** What a program does for its first token, with `tokenUrl`, `clientId` and `clientSecret` given. */
const programs: Readonly<Record<string, string>> = {
  '@worker-auth/token-manager': `
    const { TokenManager } = await import('@worker-auth/token-manager');
    const tokens = new TokenManager({ tokenUrl, credentials: { clientId, clientSecret } });
    await tokens.getToken();`,
  'openid-client': `
    const openid = await import('openid-client');
    const server = { issuer: 'https://issuer.example', token_endpoint: tokenUrl };
    const configuration = new openid.Configuration(server, clientId, undefined, openid.ClientSecretPost(clientSecret));
    openid.allowInsecureRequests(configuration);
    await openid.clientCredentialsGrant(configuration);`,
};

/** Milliseconds from the import to the first token in a new process, by package. */
export function firstTokens(endpoint: Endpoint): Promise<ReadonlyMap<string, number>> {
  const given = `const { tokenUrl, clientId, clientSecret } = ${JSON.stringify(endpoint)};`;
  return processTimes(programs, import.meta.dirname, given);
}
