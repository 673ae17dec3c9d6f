import { sanitize } from '@worker-auth/internal/network';
import { TokenManagerErrorCode } from '@worker-auth/token-manager';
import { TemporalAuthError } from '../errors/temporal-auth-error.ts';
import { speaksTls } from '../network/routed-options.ts';
import { portOf } from '../settings/host.ts';
import { readNetwork } from '../settings/network-settings.ts';
import { shownUrl } from './check-configuration.ts';
import type { DiagnosisContext, TokenExchange } from './diagnosis-context.ts';
import { DoctorCode } from './doctor-code.ts';
import { ProblemFound, problemOf } from './remedy.ts';

const { discoveryFailed, invalidResponse, redirected, throttled, timedOut, unavailable, unreachable } =
  TokenManagerErrorCode;

/** There is no token endpoint that works, rather than one that rejects the client or the request. */
const endpointCodes: ReadonlySet<string> = new Set([
  ...[unreachable, timedOut, unavailable, throttled, redirected, discoveryFailed, invalidResponse],
]);

/** Of a body that is no answer of a token endpoint, so much is looked at, and shown, in characters. */
const [maxBeginning, maxWords] = [1_000, 80];

/** @param error what the request for a token failed with */
export async function checkStatus(context: DiagnosisContext, error: unknown): Promise<void> {
  const { exchange, credentials } = context;
  await context.check('endpoint-status', async () => {
    if (exchange?.url.protocol === 'http:' && exchange.status === undefined && error !== undefined)
      await rejectHttp(context, exchange.url);
    if (!(error instanceof TemporalAuthError))
      return `the token endpoint answers with status ${exchange?.status ?? 'unknown'}`;
    const known = problemOfResponse(exchange, error, credentials?.clientSecret ?? '');
    if (known !== undefined) throw known;
    return `the token endpoint answers with status ${exchange?.status ?? 'unknown'}`;
  });
}

/** What an answer says that is none of a token endpoint, or of one that does not work now. */
export function problemOfResponse(
  exchange: TokenExchange | undefined,
  error: TemporalAuthError,
  secret: string,
): Error | undefined {
  const isOfEndpoint = endpointCodes.has(error.code);
  const { url, status, headers, text = '' } = exchange ?? {};
  if (url === undefined || status === undefined || headers === undefined)
    return isOfEndpoint ? error : undefined;
  const at = shownUrl(url);
  const type = headers.get('content-type') ?? 'no content type';
  // A token may be in it, whole or cut off: of JSON nothing is shown, of other text no long word.
  const isJson = type.includes('json') || /^\s*[{[]/.test(text);
  const beginning = text.slice(0, maxBeginning).replaceAll(/[\w.~+/-]{24,}/g, '…');
  const words = isJson
    ? 'JSON'
    : sanitize(beginning, { secrets: [secret], maxLength: maxWords }) || 'nothing';
  const evidence = [`status ${status}, ${sanitize(type)}: ${words}`];
  const isHtml = type.includes('html') || /^\s*<(?:!doctype|html)/i.test(text);
  const setUrl = 'Set WORKER_AUTH_TOKEN_URL (or atlan_auth_url in the secret)';
  const wait = headers.get('retry-after');
  const location = headers.get('location') ?? '';
  const target = URL.canParse(location, url.href) ? shownUrl(new URL(location, url)) : 'nowhere';
  const rules: readonly (readonly [fits: boolean, TokenManagerErrorCode, cause: string, remedy: string])[] = [
    [
      status === 511,
      unavailable,
      ': this network wants a login before it lets requests through.',
      'Sign in to the network, or have its gateway let the host of the token endpoint through.',
    ],
    [
      status >= 300 && status < 400,
      redirected,
      `, a redirect to ${target}, which is not followed.`,
      `${setUrl} to the final URL.`,
    ],
    [
      status === 429,
      throttled,
      ` (too many requests)${wait === null ? '' : `, and to wait ${sanitize(wait)} s`}.`,
      'Have the limit of this client raised, or share one token between replicas (worker-auth agent).',
    ],
    [
      status >= 500,
      unavailable,
      isHtml
        ? ' with an HTML page of a gateway.'
        : ': the OAuth server, or what stands before it, is unavailable.',
      "Check the OAuth server's status and log, and the gateway before it.",
    ],
    [
      status === 404 || status === 405,
      invalidResponse,
      ': there is no token endpoint at this path.',
      `${setUrl} to the token_endpoint of the issuer's /.well-known/openid-configuration.`,
    ],
    [
      isHtml,
      invalidResponse,
      ' with an HTML page: a proxy, a firewall or a login page answered, not the token endpoint.',
      'Have it let this host through, or correct WORKER_AUTH_TOKEN_URL.',
    ],
  ];
  const [, known, what = '', advice = ''] = rules.find(([fits]) => fits) ?? [];
  if (known !== undefined)
    return new ProblemFound(known, `${at} answered ${status}${what}`, advice, evidence);
  const { code, cause, remedy } = problemOf(error);
  return isOfEndpoint ? new ProblemFound(code, cause, remedy, evidence) : undefined;
}

async function rejectHttp(context: DiagnosisContext, url: URL): Promise<void> {
  const address = `${url.hostname}:${portOf(url)}`;
  const network = readNetwork(context.options, context.env);
  const ask = (signal: AbortSignal): Promise<boolean> => speaksTls(address, network, signal, 'http/1.1');
  const cause = `${address} speaks TLS, and the URL says http.`;
  const remedy = 'Write https in WORKER_AUTH_TOKEN_URL (or atlan_auth_url in the secret).';
  const isTls = await context.inTime('handshake', ask).catch(() => false);
  if (isTls) throw new ProblemFound(DoctorCode.tlsExpected, cause, remedy);
}
