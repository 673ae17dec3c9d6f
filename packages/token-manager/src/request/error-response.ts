import { isJsonObject } from '@worker-auth/internal';
import { sanitize } from '@worker-auth/internal/network';
import * as z from 'zod/mini';
import { TokenManagerErrorCode, TokenRequestError } from '../errors.ts';
import { http1Advice, type HttpResponse } from './http-transport.ts';
import { describeLimits, retryAfterMs } from './retry-after.ts';
import { clockNote } from './server-time.ts';

const text = z.catch(z.optional(z.string()), undefined);

/** RFC 6749 section 5.2, and Okta's own `errorCode` and `errorSummary`. Whatever is not text counts as absent. */
const errorResponse = z.catch(
  z.object({ error: text, error_description: text, errorCode: text, errorSummary: text }),
  {},
);

/** What to do about each kind of rejection. */
const advice = {
  [TokenManagerErrorCode.clientRejected]:
    'Check the client id and secret and how the client is to authenticate',
  [TokenManagerErrorCode.denied]: 'Check which audiences, scopes and roles the client is granted',
  [TokenManagerErrorCode.rejected]: 'Check the token URL, scope, audience and resource',
  [TokenManagerErrorCode.throttled]: 'It is asked again when the time that it set has passed',
  [TokenManagerErrorCode.unavailable]: 'It is asked again after a while',
} as const;

/** In place of any advice, where a page answered. */
const pageAdvice =
  'It is an HTML page: check what answers in place of the token endpoint, such as a proxy, a firewall or a login page';

/** In place of any advice, where the path is a wrong one. */
const pathAdvice =
  "There is no token endpoint at this path: set it to the token_endpoint of the issuer's /.well-known/openid-configuration";

/** In place of the advice about a secret. */
const assertionAdvice =
  'Check the client id, and the issuer, the subject, the audience and the end of the assertion';

const { clientRejected, rejected } = TokenManagerErrorCode;

/** In place of the advice about a kind of rejection, where the server says what is wrong. */
const saidAdvice: readonly (readonly [code: string, says: RegExp, advice: string])[] = [
  [
    clientRejected,
    /service.?account|grant.?type|\bgrant\b/i,
    'Allow the client the client credentials grant at the OAuth server (Keycloak: service accounts)',
  ],
  [clientRejected, /disabled|suspended|deactivated/i, 'Enable the client at the OAuth server'],
  [
    clientRejected,
    /(?:secret|keys?)\b.*\bexpired|expired.*\bsecret/i,
    'Issue a new client secret: this one has expired',
  ],
  [
    rejected,
    /dpop/i,
    'The server binds the tokens of this client to a DPoP key, and only bearer tokens can be sent here. Only if you know that bearer tokens are safe enough, turn DPoP off for this client',
  ],
  [
    rejected,
    /certificat|mtls/i,
    'The server binds the tokens of this client to a TLS certificate. Give a fetch that presents it',
  ],
];

/** What a response is read with. */
export interface ErrorContext {
  /** What must not appear in the error, whatever the server echoes: of the request, and valid tokens. */
  readonly secrets: () => readonly string[];
  /** The wall clock, for waits that the server gives as a moment. */
  readonly wallNowMs: number;
  /** Whether the client authenticated by an assertion. Default false. */
  readonly isByAssertion?: boolean;
  /** By how much the host's clock, by which assertions are made, is ahead of the server's. Default not known. */
  readonly hostAheadMs?: number | undefined;
}

/** The codes that a response can stand for. */
type RejectionCode = keyof typeof advice;

/**
 * The `error` of a 200 that is none, seen with gateways, counts as the status that it stands for. A map, since a server may
 * call its error `constructor`.
 */
const codes: ReadonlyMap<string, RejectionCode> = new Map<string, RejectionCode>([
  ['invalid_client', TokenManagerErrorCode.clientRejected],
  ['unauthorized_client', TokenManagerErrorCode.clientRejected],
  ['access_denied', TokenManagerErrorCode.denied],
  ['invalid_grant', TokenManagerErrorCode.denied],
  ['server_error', TokenManagerErrorCode.unavailable],
  ['temporarily_unavailable', TokenManagerErrorCode.unavailable],
  ['slow_down', TokenManagerErrorCode.throttled],
]);

/** The error that a response stands for, or `undefined` when it is a success: a 2xx without an `error` field. */
export function readErrorResponse(
  response: HttpResponse,
  { secrets: listSecrets, wallNowMs, isByAssertion = false, hostAheadMs }: ErrorContext,
): TokenRequestError | undefined {
  const isSuccess = response.status >= 200 && response.status < 300;
  if (isSuccess && !(isJsonObject(response.body) && 'error' in response.body)) return undefined;
  const secrets = listSecrets();
  const body = errorResponse.parse(response.body);
  const oauthError = safeErrorCode(body.error ?? body.errorCode, secrets);
  if (isSuccess && body.error === undefined) return undefined;
  const code = classify(isSuccess ? undefined : response.status, oauthError);
  const description = sanitize(body.error_description ?? body.errorSummary ?? '', { secrets });
  const said = [oauthError, description].filter((part) => part !== undefined && part !== '').join(': ');
  const limits = describeLimits(response.status, response.headers, secrets);
  const waitMs = retryAfterMs(response.status, response.headers, wallNowMs);
  const adviceFor = (): string => {
    const isNoEndpoint = response.status === 404 || response.status === 405;
    if (isNoEndpoint && code === TokenManagerErrorCode.rejected) return pathAdvice;
    if (/^\s*<(?:!doctype|html)/i.test(response.text)) return pageAdvice;
    // Node's server, to a client that offers no HTTP/2.
    if (/\bALPN\b/.test(response.text)) return http1Advice;
    const [, , bySaid] = saidAdvice.find(([about, says]) => about === code && says.test(said)) ?? [];
    if (bySaid !== undefined) return bySaid;
    if (isByAssertion && code === TokenManagerErrorCode.clientRejected)
      return assertionAdvice + clockNote(hostAheadMs);
    const isWithoutWait = code === TokenManagerErrorCode.throttled && waitMs === undefined;
    return advice[isWithoutWait ? TokenManagerErrorCode.unavailable : code];
  };
  return new TokenRequestError(
    `The token endpoint ${response.from} answered ${response.status}${said === '' ? '' : ` ${said}`}${limits}. ${adviceFor()}`,
    {
      code,
      status: response.status,
      oauthError,
      description: description === '' ? undefined : description,
      retryAfterMs: waitMs,
    },
  );
}

function classify(status: number | undefined, oauthError: string | undefined): RejectionCode {
  if (status === 429) return TokenManagerErrorCode.throttled;
  if (status === 408 || status === 425) return TokenManagerErrorCode.unavailable;
  if ((status ?? 0) >= 500) return TokenManagerErrorCode.unavailable;
  const byName = codes.get(oauthError ?? '');
  if (byName !== undefined && !(status === 401 && byName === TokenManagerErrorCode.denied)) return byName;
  if (status === 401) return TokenManagerErrorCode.clientRejected;
  if (status === 403) return TokenManagerErrorCode.denied;
  return TokenManagerErrorCode.rejected;
}

/** A server may put anything there; kept only when it looks like a code and is no secret. */
function safeErrorCode(error: string | undefined, secrets: readonly string[]): string | undefined {
  if (error === undefined || !/^[\w.-]{1,64}$/.test(error)) return undefined;
  return sanitize(error, { secrets }) === error ? error : undefined;
}
