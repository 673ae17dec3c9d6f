import type { FaultChoice } from '../server/fake-http-server.ts';
import { checkName } from '../given/check-given.ts';
import { type HttpFault, readHttpFault } from '../server/http-fault.ts';
import type { RecordedRequest } from './recorded-request.ts';

/** The proper token response with `replaced` over it; a field of `undefined` is left out. */
const tokenResponse = (replaced: Record<string, unknown>): HttpFault => ({
  body: ({ body }) => JSON.stringify({ ...parse(body), ...replaced }),
});

const tokenOf = (body: string): string => String(parse(body)['access_token']);

const parse = (body: string): Record<string, unknown> => JSON.parse(body) as Record<string, unknown>;

const rejected = (status: number, error: string, headers: Record<string, string> = {}): HttpFault => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify({ error, error_description: `rejected with ${error}` }),
});

/**
 * The bad responses that token endpoints, proxies and networks have been seen to give, by name. Inject one with
 * `MockOAuthServer.injectFault`; iterate over all of them to test a token client.
 */
export const oauthFaults = {
  invalidClient400: rejected(400, 'invalid_client'),
  unauthorized401: rejected(401, 'invalid_client', { 'www-authenticate': 'Basic realm="token"' }),
  keycloakWrongSecret: rejected(401, 'unauthorized_client'),
  forbidden403: rejected(403, 'access_denied'),
  invalidScope: rejected(400, 'invalid_scope'),
  throttled429: {
    status: 429,
    headers: { 'content-type': 'text/plain', 'retry-after': '7' },
    body: 'Too Many Requests',
  },
  serverError500: rejected(500, 'server_error'),
  unavailable503: { status: 503, headers: { 'content-type': 'text/plain' }, body: 'upstream connect error' },
  truncatedJson: { body: ({ body }) => body.slice(0, -10) },
  html200: { headers: { 'content-type': 'text/html' }, body: '<!doctype html><title>Sign in</title>' },
  empty200: { body: '' },
  jsonNull: { body: 'null' },
  jsonArray: { body: '[]' },
  noExpiresIn: tokenResponse({ expires_in: undefined }),
  expiresInString: tokenResponse({ expires_in: '3600' }),
  expiresInGarbage: tokenResponse({ expires_in: 'soon' }),
  expiresInZero: tokenResponse({ expires_in: 0 }),
  expiresInNegative: tokenResponse({ expires_in: -1 }),
  expiresIn1e12: tokenResponse({ expires_in: 1e12 }),
  expiresIn1e308: tokenResponse({ expires_in: 1e308 }),
  noAccessToken: tokenResponse({ access_token: undefined }),
  emptyAccessToken: tokenResponse({ access_token: '' }),
  numberAccessToken: tokenResponse({ access_token: 12_345 }),
  noTokenType: tokenResponse({ token_type: undefined }),
  tokenTypeDpop: tokenResponse({ token_type: 'DPoP' }),
  tokenTypeMac: tokenResponse({ token_type: 'mac' }),
  crlfInToken: {
    body: ({ body }) =>
      JSON.stringify({ ...parse(body), access_token: `${tokenOf(body)}\r\nx-injected: yes` }),
  },
  nonAsciiToken: tokenResponse({ access_token: 'tökén' }),
  errorWith200: { body: JSON.stringify({ error: 'invalid_client', error_description: 'with 200' }) },
  droppedMidBody: { connection: 'truncate' },
  connectionReset: { connection: 'reset' },
  redirect307: { status: 307, headers: { location: 'https://other.invalid/token' }, body: '' },
  tenMegabytes: tokenResponse({ padding: 'x'.repeat(10 * 1024 * 1024) }),
  echoesRequest: {
    status: 400,
    body: ({ requestBody }) =>
      JSON.stringify({ error: 'invalid_request', error_description: `Cannot process ${requestBody}` }),
  },
  neverAnswers: { connection: 'hang' },
  headersThenSilence: { connection: 'silence' },
  oneByteAtATime: { connection: 'drip' },
} as const satisfies Record<string, HttpFault>;

/** The name of a fault in {@link oauthFaults}. */
export type OAuthFaultName = keyof typeof oauthFaults;

/** A fault, by itself or by name, or what decides about each request: `undefined` answers it properly. */
export type OAuthFaultChoice = FaultChoice<RecordedRequest, HttpFault | OAuthFaultName>;

/**
 * The fault itself, where it may be given by its name.
 *
 * @throws TypeError, with the nearest name, for a name or an option that there is not
 */
export function readOAuthFault(fault: HttpFault | OAuthFaultName): HttpFault {
  if (typeof fault !== 'string') return readHttpFault(fault);
  checkName('fault', fault, Object.keys(oauthFaults));
  return oauthFaults[fault];
}
