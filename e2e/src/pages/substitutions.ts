import { join } from 'node:path';
import type { PageServers } from './servers.ts';

type OfServers = (servers: PageServers) => string;

/**
 * The one list of what a reader puts in the place of what a page prints: addresses, ports and credentials of the servers.
 * Nothing else on a page is changed.
 */
const printed: readonly (readonly [text: string, instead: OfServers])[] = [
  ['https://auth.example.com/oauth/token', ({ stack }) => stack.oauth.tokenUrl],
  ['=temporal.example.com:7233', ({ temporal }) => `=${temporal.address}`],
  ['testing-fakes oauth', ({ ports: [oauth] }) => `testing-fakes oauth --port ${oauth}`],
  ['//127.0.0.1:9000', ({ ports: [oauth] }) => `//127.0.0.1:${oauth}`],
  ['testing-fakes dapr', ({ ports: [, dapr] }) => `testing-fakes dapr --port ${dapr}`],
  ['//127.0.0.1:3500', ({ ports: [, dapr] }) => `//127.0.0.1:${dapr}`],
  ['PORT=3000', ({ ports: [, , http] }) => `PORT=${http}`],
  ['//127.0.0.1:3000', ({ ports: [, , http] }) => `//127.0.0.1:${http}`],
  ['_CLIENT_ID=…', ({ stack }) => `_CLIENT_ID=${stack.oauth.clientId}`],
  ['_CLIENT_SECRET=…', ({ stack }) => `_CLIENT_SECRET=${stack.oauth.clientSecret}`],
];

/** Addresses, files and credentials that a page's programs read from variables which the page does not print with a value. */
const variables: Readonly<Record<string, OfServers>> = {
  TOKEN_URL: ({ stack }) => stack.oauth.tokenUrl,
  ISSUER: ({ stack }) => stack.oauth.issuer,
  CLIENT_ID: ({ stack }) => stack.oauth.clientId,
  CLIENT_SECRET: ({ stack }) => stack.oauth.clientSecret,
  TEMPORAL_ADDRESS: ({ temporal }) => temporal.address,
  DAPR_HTTP_PORT: ({ stack }) => new URL(stack.dapr.url).port,
  TEMPORAL_CLI: ({ temporalCli }) => temporalCli,
  API_URL: ({ api }) => api.url,
  DAPR_HTTP_ENDPOINT: ({ stack }) => stack.dapr.url,
  TOKEN_FILE: ({ certificates }) => join(certificates.path, 'token'),
  TLS_CERT_FILE: ({ certificates }) => certificates.files.certFile,
  TLS_KEY_FILE: ({ certificates }) => certificates.files.keyFile,
  TEAM_VAULT_URL: ({ vault }) => vault.url,
  TEAM_VAULT_API_KEY: () => 'sesame',
};

/** A block as a reader types it. */
export function substituted(code: string, servers: PageServers): string {
  return printed.reduce((text, [from, instead]) => text.replaceAll(from, () => instead(servers)), code);
}

/** Those of the variables that a text names. */
export function variablesOf(text: string, servers: PageServers): Readonly<Record<string, string>> {
  const isNamed = (name: string): boolean => new RegExp(`\\b${name}\\b(?!=)`).test(text);
  const named = Object.entries(variables).filter(([name]) => isNamed(name) && !text.includes(`${name}=`));
  return Object.fromEntries(named.map(([name, value]) => [name, value(servers)]));
}
