import { memoize } from '@smithy/property-provider';
// eslint-disable-next-line @nx/enforce-module-boundaries -- measured is the package as it is built and published
import { TokenManager } from '@worker-auth/token-manager';
import { OAuth2Client } from 'google-auth-library';
import {
  allowInsecureRequests,
  ClientSecretPost,
  clientCredentialsGrant,
  Configuration,
} from 'openid-client';

/** Where the contenders get their tokens. */
export interface Endpoint {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** One package under test. */
export interface Contender {
  /** The npm package. */
  readonly name: string;
  /** What is not obvious about how it takes part. */
  readonly note?: string;
  /** A new instance without a token; the function gets one from it. */
  readonly create: (endpoint: Endpoint) => () => Promise<unknown>;
}

interface ExpiringToken {
  readonly token: string;
  readonly expiresOnTimestamp: number;
}

type CreateTokenCycler = (credential: {
  getToken(): Promise<ExpiringToken>;
}) => (scopes: string, options: object) => Promise<ExpiringToken>;

// Not among the package's exports: there it is used by bearerTokenAuthenticationPolicy.
const cyclerModule = new URL('dist/esm/util/tokenCycler.js', packageRoot('@azure/core-rest-pipeline'));
const { createTokenCycler } = (await import(cyclerModule.href)) as { createTokenCycler: CreateTokenCycler };

/** All contenders, ours first. */
export const contenders: readonly Contender[] = [
  {
    name: '@worker-auth/token-manager',
    create: ({ tokenUrl, clientId, clientSecret }: Endpoint) => {
      const tokens = new TokenManager({ tokenUrl, credentials: { clientId, clientSecret } });
      return () => tokens.getToken();
    },
  },
  {
    name: 'google-auth-library',
    note: 'refresh token grant: it has no client credentials grant',
    create: ({ tokenUrl, clientId, clientSecret }: Endpoint) => {
      const client = new OAuth2Client({
        clientId,
        clientSecret,
        endpoints: { oauth2TokenUrl: tokenUrl },
      });
      client.setCredentials({ refresh_token: 'refresh' });
      return () => client.getAccessToken();
    },
  },
  {
    name: '@azure/core-rest-pipeline',
    note: 'its token cycler over a plain fetch',
    create: (endpoint: Endpoint) => {
      const cycle = createTokenCycler({ getToken: () => fetchToken(endpoint) });
      return () => cycle('', {});
    },
  },
  {
    name: '@smithy/property-provider',
    note: 'its memoize over a plain fetch, with the window of 5 minutes that AWS uses',
    create: (endpoint: Endpoint) => {
      const provider = memoize(
        () => fetchToken(endpoint),
        ({ expiresOnTimestamp }) => expiresOnTimestamp - Date.now() < 300_000,
      );
      return () => provider();
    },
  },
  {
    name: 'openid-client',
    note: 'no cache: each get is a request',
    create: ({ tokenUrl, clientId, clientSecret }: Endpoint) => {
      const server = { issuer: 'https://issuer.example', token_endpoint: tokenUrl };
      const configuration = new Configuration(server, clientId, undefined, ClientSecretPost(clientSecret));
      // eslint-disable-next-line @typescript-eslint/no-deprecated -- marked so that nobody uses it by accident; this is loopback
      allowInsecureRequests(configuration);
      return () => clientCredentialsGrant(configuration);
    },
  },
];

/** Whether the contender keeps what it got. */
export function hasCache({ name }: Contender): boolean {
  return name !== 'openid-client';
}

/** The installed folder of a package, as a URL with a trailing slash. */
export function packageRoot(name: string): URL {
  return new URL(`../../../node_modules/${name}/`, import.meta.url);
}

async function fetchToken({ tokenUrl, clientId, clientSecret }: Endpoint): Promise<ExpiringToken> {
  const response = await fetch(tokenUrl, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
    }),
  });
  const { access_token: token, expires_in: lifetimeSeconds } = (await response.json()) as {
    access_token: string;
    expires_in: number;
  };
  return { token, expiresOnTimestamp: Date.now() + lifetimeSeconds * 1_000 };
}
