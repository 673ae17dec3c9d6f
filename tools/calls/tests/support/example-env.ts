import type { MockOAuthServer } from '@worker-auth/testing-fakes';

/** What `postgres-extraction` finds of its tokens in its environment, as the documents have it. */
export function tokenEnv(oauth: MockOAuthServer): Record<string, string> {
  return {
    ATLAN_WORKFLOW_AUTH_ENABLED: 'true',
    ATLAN_WORKFLOW_AUTH_URL: oauth.tokenUrl,
    ATLAN_postgres_extraction_client_id: oauth.clientId,
    ATLAN_postgres_extraction_client_secret: oauth.clientSecret,
  };
}

/** The same, and where Temporal is. */
export function exampleEnv({
  oauth,
  temporal,
}: {
  readonly oauth: MockOAuthServer;
  readonly temporal: { readonly port: number };
}): Record<string, string> {
  return {
    ...tokenEnv(oauth),
    ATLAN_WORKFLOW_HOST: '127.0.0.1',
    ATLAN_WORKFLOW_PORT: String(temporal.port),
  };
}
