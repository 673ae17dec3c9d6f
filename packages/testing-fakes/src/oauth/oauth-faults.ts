/** What the token endpoint does to one request instead of answering it properly. */
export interface OAuthFault {
  /** HTTP status. Default 200. */
  readonly status?: number;
  /** Response headers. Default `Content-Type: application/json`. */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * The body: text as it is, or a function of the token that would have been issued and of the request's body.
   * Default: the proper token response.
   */
  readonly body?: string | ((token: string, requestBody: string) => string);
  /**
   * What happens to the connection: `reset` closes it before any answer, `truncate` after half of the body, `hang`
   * never answers, `silence` sends headers and nothing more, `drip` sends one byte of the body every `dripEveryMs`.
   */
  readonly connection?: 'reset' | 'truncate' | 'hang' | 'silence' | 'drip';
  /** Pause between two bytes of a `drip`, in milliseconds. Default 20. */
  readonly dripEveryMs?: number;
}

const json = (fields: (token: string) => Record<string, unknown>): OAuthFault => ({
  body: (token) => JSON.stringify(fields(token)),
});

const refused = (status: number, error: string, headers: Record<string, string> = {}): OAuthFault => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify({ error, error_description: `refused with ${error}` }),
});

/** A token response of the usual fields, with `replaced` over them. */
const tokenResponse = (replaced: Record<string, unknown>): OAuthFault =>
  json((token) => ({ access_token: token, token_type: 'Bearer', expires_in: 3600, ...replaced }));

/**
 * The bad answers that token endpoints, proxies and networks have been seen to give, by name. Inject one with
 * `MockOAuthServer.injectFault`; iterate over all of them to test a token client.
 */
export const oauthFaults = {
  invalidClient400: refused(400, 'invalid_client'),
  unauthorized401: refused(401, 'invalid_client', { 'www-authenticate': 'Basic realm="token"' }),
  keycloakWrongSecret: refused(401, 'unauthorized_client'),
  forbidden403: refused(403, 'access_denied'),
  invalidScope: refused(400, 'invalid_scope'),
  throttled429: {
    status: 429,
    headers: { 'content-type': 'text/plain', 'retry-after': '7' },
    body: 'Too Many Requests',
  },
  serverError500: refused(500, 'server_error'),
  unavailable503: { status: 503, headers: { 'content-type': 'text/plain' }, body: 'upstream connect error' },
  truncatedJson: { body: (token) => JSON.stringify({ access_token: token }).slice(0, -10) },
  html200: { headers: { 'content-type': 'text/html' }, body: '<!doctype html><title>Sign in</title>' },
  empty200: { body: '' },
  jsonNull: { body: 'null' },
  jsonArray: { body: '[]' },
  noExpiresIn: json((token) => ({ access_token: token, token_type: 'Bearer' })),
  expiresInString: tokenResponse({ expires_in: '3600' }),
  expiresInGarbage: tokenResponse({ expires_in: 'soon' }),
  expiresInZero: tokenResponse({ expires_in: 0 }),
  expiresInNegative: tokenResponse({ expires_in: -1 }),
  expiresIn1e12: tokenResponse({ expires_in: 1e12 }),
  expiresIn1e308: tokenResponse({ expires_in: 1e308 }),
  noAccessToken: json(() => ({ token_type: 'Bearer', expires_in: 3600 })),
  emptyAccessToken: tokenResponse({ access_token: '' }),
  numberAccessToken: tokenResponse({ access_token: 12_345 }),
  noTokenType: json((token) => ({ access_token: token, expires_in: 3600 })),
  tokenTypeDpop: tokenResponse({ token_type: 'DPoP' }),
  tokenTypeMac: tokenResponse({ token_type: 'mac' }),
  crlfInToken: json((token) => ({
    access_token: `${token}\r\nx-injected: yes`,
    token_type: 'Bearer',
    expires_in: 3600,
  })),
  nonAsciiToken: tokenResponse({ access_token: 'tökén' }),
  errorWith200: { body: JSON.stringify({ error: 'invalid_client', error_description: 'with 200' }) },
  droppedMidBody: { connection: 'truncate' },
  connectionReset: { connection: 'reset' },
  redirect307: { status: 307, headers: { location: 'https://other.invalid/token' }, body: '' },
  tenMegabytes: {
    body: (token) =>
      JSON.stringify({ access_token: token, token_type: 'Bearer', padding: 'x'.repeat(10 * 1024 * 1024) }),
  },
  echoesRequest: {
    status: 400,
    body: (_token, requestBody) =>
      JSON.stringify({ error: 'invalid_request', error_description: `Cannot process ${requestBody}` }),
  },
  neverAnswers: { connection: 'hang' },
  headersThenSilence: { connection: 'silence' },
  oneByteAtATime: { connection: 'drip' },
} as const satisfies Record<string, OAuthFault>;

/** The name of a fault in {@link oauthFaults}. */
export type OAuthFaultName = keyof typeof oauthFaults;
