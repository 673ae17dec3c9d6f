import { dateMs, type DecodedJwt, decodeJwt, isJsonObject, parseJson } from '@worker-auth/internal';
import { hostFetch, readBounded, sanitize } from '@worker-auth/internal/network';
import type { FetchLike } from '@worker-auth/token-manager';
import { TemporalAuthError } from '@worker-auth/calls/errors/temporal-auth-error';
import { networkFetch } from '@worker-auth/calls/network/network-fetch';
import { speaksTls } from '../network/routed-options.ts';
import { portOf } from '@worker-auth/calls/settings/host';
import { readNetwork } from '@worker-auth/calls/settings/network-settings';
import { shownUrl } from './check-configuration.ts';
import type { DiagnosisContext, Found, SecretMethod, TokenExchange } from './diagnosis-context.ts';
import { ProblemFound, problemOf } from './problem.ts';

type Claims = DecodedJwt['claims'];

/** What a client gets that does not prove its identity. */
export const clientCodes: readonly string[] = ['TOKEN_CLIENT_REJECTED', 'TOKEN_REQUEST_DENIED'];

/** How much clocks may differ, in milliseconds: `Date` counts whole seconds, and answers take a while. */
const toleratedMs = 5_000;

/** Clocks that differ by less are no reason for a failure, in milliseconds. */
const agreedMs = 60_000;

const maxBytes = 262_144;

/** Longer texts in a claim are cut, in characters. */
const maxTextLength = 500;

/** A claim that nests deeper is left out. */
const maxDepth = 5;

/** How much is looked at, and shown, of a body that is no answer of a token endpoint, in characters. */
const [maxBeginning, maxWords] = [1_000, 80];

/** A `fetch` as a client has it, that notes the last exchange, before the answer and after it. */
export function observedFetch(context: DiagnosisContext): FetchLike {
  const { client, clock, env, options } = context;
  const { fetch = networkFetch(readNetwork(options, env), client?.certificate) } = options;
  const send = fetch ?? (hostFetch as FetchLike);
  return async (url, init) => {
    const sentMs = clock.wallNow();
    const form = new URLSearchParams(typeof init.body === 'string' ? init.body : '');
    const assertion = decodeJwt(form.get('client_assertion') ?? '');
    const exchange = { url: new URL(url), sentMs, assertion, method: secretMethod(init, form, assertion) };
    context.exchange = exchange;
    const response = await send(url, init);
    const { text } = await readBounded(response.clone(), maxBytes, init.signal ?? context.signal);
    const metadata = init.method === 'GET' ? parseJson(text) : undefined;
    const listed = isJsonObject(metadata) && metadata['token_endpoint_auth_methods_supported'];
    if (Array.isArray(listed)) context.offeredMethods = listed.map(String);
    const date = Date.parse(response.headers.get('date') ?? '');
    // The middle of the exchange; `Date` counts whole seconds and cuts off the rest.
    const nowMs = (sentMs + clock.wallNow()) / 2;
    const hostAheadMs = Number.isNaN(date) ? undefined : nowMs - (date + 500);
    const { status, headers } = response;
    context.exchange = { ...exchange, status, headers, text, hostAheadMs };
    return response;
  };
}

function secretMethod(
  { headers }: RequestInit,
  form: URLSearchParams,
  assertion: DecodedJwt | undefined,
): SecretMethod | undefined {
  if (new Headers(headers).has('authorization')) return 'client_secret_basic';
  if (assertion !== undefined) return assertion.header['alg'] === 'HS256' ? 'client_secret_jwt' : undefined;
  return form.has('client_secret') ? 'client_secret_post' : undefined;
}

/** How far the clocks are apart: by `Date`, else by a token that is from the future or expired. Fails when that is why there is no token. */
export function clockOf(exchange: TokenExchange, token: DecodedJwt | undefined, failure: unknown): Found {
  const { sentMs, assertion } = exchange;
  const [madeMs, expMs = Infinity] = [dateMs(token?.claims['iat']), dateMs(token?.claims['exp'])];
  // Only of a token that is made later than now, or expired: others may be of a cache.
  const isKnown = madeMs !== undefined && (madeMs > sentMs || expMs < sentMs);
  const aheadMs = exchange.hostAheadMs ?? (isKnown ? sentMs - madeMs : undefined);
  if (aheadMs === undefined) return { description: "the authorization server does not say its clock's time" };
  const seconds = Math.abs(Math.round(aheadMs / 1_000));
  const description = `this host's clock differs from the authorization server's by ${seconds} s`;
  if (Math.abs(aheadMs) <= toleratedMs) return { description };
  const found = new ProblemFound(
    'DOCTOR_CLOCK_OFF',
    `This host's clock is ${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} the authorization server's.`,
    'Check that NTP runs on both.',
  );
  // A token that expired before it arrived, or an assertion that is not good by the server's clock.
  const isOfClock =
    failure instanceof TemporalAuthError &&
    (failure.code === 'TOKEN_RESPONSE_INVALID' ||
      (assertion !== undefined && clientCodes.includes(failure.code)));
  if (isOfClock && Math.abs(aheadMs) > agreedMs) throw found;
  return { description, ...found.problem };
}

/** What is wrong where no token endpoint answers, or one that does not work now. */
export async function problemOfEndpoint(
  context: DiagnosisContext,
  error: unknown,
): Promise<Error | undefined> {
  const { url, status, headers, text = '' } = context.exchange ?? {};
  if (!(error instanceof TemporalAuthError)) return undefined;
  if (url?.protocol === 'http:' && status === undefined) await rejectHttp(context, url);
  if (url === undefined || status === undefined || headers === undefined) return undefined;
  const isOther = /^\s*<(?:!doctype|html)/i.test(text) || status === 404 || status === 405;
  const isRejection = [...clientCodes, 'TOKEN_REQUEST_REJECTED'].includes(error.code);
  if (isRejection && !isOther) return undefined;
  const type = headers.get('content-type') ?? 'no content type';
  const secrets = [context.credentials?.clientSecret ?? ''];
  // A token may be in it, whole or cut off: of JSON nothing is shown, of other text no long word.
  const isJson = type.includes('json') || /^\s*[{[]/.test(text);
  const beginning = text.slice(0, maxBeginning).replaceAll(/[\w.~+/-]{24,}/g, '…');
  const words = sanitize(beginning, { secrets, maxLength: maxWords }) || 'nothing';
  const location = headers.get('location');
  const evidence = [
    `status ${status}, ${sanitize(type)}: ${isJson ? 'JSON' : words}`,
    ...(location !== null && URL.canParse(location, url.href)
      ? [`location ${shownUrl(new URL(location, url))}`]
      : []),
  ];
  const { cause, remedy } = problemOf(error);
  return new ProblemFound(isRejection ? 'TOKEN_RESPONSE_INVALID' : error.code, cause, remedy, evidence);
}

async function rejectHttp(context: DiagnosisContext, url: URL): Promise<void> {
  const address = `${url.hostname}:${portOf(url)}`;
  const network = readNetwork(context.options, context.env);
  const ask = (signal: AbortSignal): Promise<boolean> => speaksTls(address, network, signal, 'http/1.1');
  const isTls = await context.inTime('handshake', ask).catch(() => false);
  if (isTls)
    throw new ProblemFound(
      'DOCTOR_TLS_EXPECTED',
      `${address} speaks TLS, and the URL says http.`,
      'Write https in WORKER_AUTH_TOKEN_URL (or atlan_auth_url in the secret).',
    );
}

/** Claims fit to be shown: without controls, and without secrets that a server put in. */
export function shownClaims(claims: Claims, secrets: readonly string[]): Claims {
  const shown = (value: unknown, depth: number): unknown => {
    if (typeof value === 'string') return sanitize(value, { secrets, maxLength: maxTextLength });
    if (typeof value !== 'object' || value === null) return value;
    if (depth === maxDepth) return '…';
    if (Array.isArray(value)) return value.map((item) => shown(item, depth + 1));
    const parts = Object.entries(value);
    return Object.fromEntries(
      parts.map(([name, part]) => [sanitize(name, { secrets }), shown(part, depth + 1)]),
    );
  };
  return shown(claims, 0) as Claims;
}
