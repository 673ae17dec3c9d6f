import * as z from 'zod/mini';
import { TokenErrorCode, TokenRequestError } from './errors.ts';
import { type HttpAnswer } from './http-transport.ts';
import { retryAfterMs } from './retry-after.ts';
import { scrub } from './scrub.ts';
import { parseJson } from './token-response.ts';

const text = z.catch(z.optional(z.string()), undefined);

/** RFC 6749 section 5.2, and Okta's own `errorCode` and `errorSummary`. Whatever is not text counts as absent. */
const errorResponse = z.catch(
  z.object({ error: text, error_description: text, errorCode: text, errorSummary: text }),
  {},
);

/** The `error` of a 200 that is none, seen with gateways, counts as the status that it stands for. */
const codes: Readonly<Record<string, TokenErrorCode>> = {
  invalid_client: TokenErrorCode.clientRejected,
  unauthorized_client: TokenErrorCode.clientRejected,
  access_denied: TokenErrorCode.denied,
  invalid_grant: TokenErrorCode.denied,
  server_error: TokenErrorCode.unavailable,
  temporarily_unavailable: TokenErrorCode.unavailable,
  slow_down: TokenErrorCode.throttled,
};

const advice: Partial<Record<TokenErrorCode, string>> = {
  [TokenErrorCode.clientRejected]: 'Check the client id and secret and how the client is to authenticate',
  [TokenErrorCode.denied]: 'Check which audiences, scopes and roles the client is granted',
  [TokenErrorCode.refused]: 'Check the token URL, scope, audience and resource',
  [TokenErrorCode.throttled]: 'It is asked again when the time that it set has passed',
  [TokenErrorCode.unavailable]: 'It is asked again after a while',
};

/**
 * The error that an answer stands for, or `undefined` when it is a success: a 2xx without an `error` field.
 *
 * @param secrets what must not appear in the error, whatever the server echoes
 * @param wallNowMs the wall clock, for waits that the server gives as a moment
 */
export function readErrorResponse(
  answer: HttpAnswer,
  secrets: readonly string[],
  wallNowMs: number,
): TokenRequestError | undefined {
  const body = errorResponse.parse(parseJson(answer.text));
  const oauthError = safeErrorCode(body.error ?? body.errorCode, secrets);
  const isSuccess = answer.status >= 200 && answer.status < 300;
  if (isSuccess && body.error === undefined) return undefined;
  const code = classify(isSuccess ? undefined : answer.status, oauthError);
  const description = scrub(body.error_description ?? body.errorSummary ?? '', secrets);
  const said = [oauthError, description].filter((part) => part !== undefined && part !== '').join(': ');
  return new TokenRequestError({
    code,
    status: answer.status,
    oauthError,
    description: description === '' ? undefined : description,
    retryAfterMs: retryAfterMs(answer.status, answer.headers, wallNowMs),
    message:
      `The token endpoint answered ${answer.status}${said === '' ? '' : ` ${said}`}. ${advice[code] ?? ''}`.trim(),
  });
}

function classify(status: number | undefined, oauthError: string | undefined): TokenErrorCode {
  if (status === 429) return TokenErrorCode.throttled;
  if (status === 408 || status === 425) return TokenErrorCode.unavailable;
  if (status !== undefined && status >= 500) return TokenErrorCode.unavailable;
  const byName = oauthError === undefined ? undefined : codes[oauthError];
  if (byName !== undefined && !(status === 401 && byName === TokenErrorCode.denied)) return byName;
  if (status === 401) return TokenErrorCode.clientRejected;
  if (status === 403) return TokenErrorCode.denied;
  return TokenErrorCode.refused;
}

/** A server may put anything there; kept only when it looks like a code and is no secret. */
function safeErrorCode(error: string | undefined, secrets: readonly string[]): string | undefined {
  if (error === undefined || !/^[\w.-]{1,64}$/.test(error)) return undefined;
  return scrub(error, secrets) === error ? error : undefined;
}
