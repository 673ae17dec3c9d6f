import { dateMs, type DecodedJwt, decodeJwt, isJsonObject, parseJson } from '@worker-auth/internal';
import { hostFetch, readBounded, sanitize } from '@worker-auth/internal/network';
import { type FetchLike, TokenManagerErrorCode } from '@worker-auth/token-manager';
import { TemporalAuthError } from '../errors/temporal-auth-error.ts';
import { networkFetch } from '../network/network-fetch.ts';
import { readNetwork } from '../settings/network-settings.ts';
import type { DiagnosisContext, Found, SecretMethod, TokenExchange } from './diagnosis-context.ts';
import { DoctorCode } from './doctor-code.ts';
import { ProblemFound } from './remedy.ts';

type Claims = DecodedJwt['claims'];

const { clientRejected, denied, invalidResponse } = TokenManagerErrorCode;

/** What a client hears that does not prove itself. */
export const clientCodes: ReadonlySet<string> = new Set([clientRejected, denied]);

/** So far clocks may differ, in milliseconds: `Date` counts whole seconds, and answers are under way for a while. */
const toleratedMs = 5_000;

/** Clocks that differ by less are no reason for a failure, in milliseconds. */
const agreedMs = 60_000;

const maxBytes = 65_536;

/** Longer texts in a claim are cut, in characters. */
const maxTextLength = 500;

/** A claim that nests deeper is left out. */
const maxDepth = 5;

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
    if (init.method === 'GET') noteMethods(context, text);
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

function noteMethods(context: DiagnosisContext, text: string): void {
  const metadata = parseJson(text);
  const listed = isJsonObject(metadata) && metadata['token_endpoint_auth_methods_supported'];
  if (Array.isArray(listed)) context.offeredMethods = listed.map(String);
}

/** How far the clocks are apart: by `Date`, else by a token that is from the future or over. Fails when that is why there is no token. */
export function clockOf(exchange: TokenExchange, token: DecodedJwt | undefined, failure: unknown): Found {
  const { sentMs, assertion } = exchange;
  const [madeMs, expMs = Infinity] = [dateMs(token?.claims['iat']), dateMs(token?.claims['exp'])];
  // Only of a token that is made later than now, or over already: others may be of a cache.
  const isTelling = madeMs !== undefined && (madeMs > sentMs || expMs < sentMs);
  const aheadMs = exchange.hostAheadMs ?? (isTelling ? sentMs - madeMs : undefined);
  if (aheadMs === undefined)
    return { description: "the authorization server does not tell its clock's time" };
  const hostAheadSeconds = Math.round(aheadMs / 1_000);
  const seconds = Math.abs(hostAheadSeconds);
  const description = `this host's clock differs from the authorization server's by ${seconds} s`;
  if (Math.abs(aheadMs) <= toleratedMs) return { description };
  const cause = `This host's clock is ${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} the authorization server's.`;
  const remedy = 'Check that NTP runs on both.';
  // A token that is over on arrival, or an assertion that is not good by the server's clock.
  const isOfClock =
    failure instanceof TemporalAuthError &&
    (failure.code === invalidResponse || (assertion !== undefined && clientCodes.has(failure.code)));
  if (isOfClock && Math.abs(aheadMs) > agreedMs) throw new ProblemFound(DoctorCode.clockOff, cause, remedy);
  return { description, code: DoctorCode.clockOff, cause, remedy, details: { hostAheadSeconds } };
}

/** Claims fit to be shown: without controls, and without secrets that a server put in. */
export function shownClaims(claims: Claims, secrets: readonly string[]): Claims {
  const shown = (value: unknown, depth: number): unknown => {
    if (typeof value === 'string') return sanitize(value, { secrets, maxLength: maxTextLength });
    if (typeof value !== 'object' || value === null) return value;
    if (depth === maxDepth) return '…';
    if (Array.isArray(value)) return value.map((one) => shown(one, depth + 1));
    const parts = Object.entries(value);
    return Object.fromEntries(
      parts.map(([name, one]) => [sanitize(name, { secrets }), shown(one, depth + 1)]),
    );
  };
  return shown(claims, 0) as Claims;
}
