import { dateMs, type DecodedJwt, decodeJwt, isJsonObject, parseJson } from '@worker-auth/internal';
import { hostFetch, readBounded, sanitize } from '@worker-auth/internal/network';
import { applicationKey } from '@worker-auth/secret-store';
import { type FetchLike, TokenManagerErrorCode } from '@worker-auth/token-manager';
import { TemporalAuthError } from '../errors/temporal-auth-error.ts';
import { networkFetch } from '../network/network-fetch.ts';
import { speaksTls } from '../network/routed-options.ts';
import type { ApplicationCredentials } from '../settings/auth-options.ts';
import { portOf } from '../settings/host.ts';
import { readNetwork } from '../settings/network.ts';
import { shownUrl } from './check-configuration.ts';
import { looksSwapped, whiteSpaceIn } from './check-credentials.ts';
import {
  type DiagnosisContext,
  type Found,
  ProblemFound,
  type SecretMethod,
  type TokenExchange,
} from './diagnosis-context.ts';
import { DoctorCode } from './doctor-code.ts';

type Claims = DecodedJwt['claims'];

const { clientRejected, denied, discoveryFailed, invalidResponse } = TokenManagerErrorCode;
const { redirected, throttled, timedOut, unavailable, unreachable } = TokenManagerErrorCode;

/** There is no token endpoint that works, rather than one that rejects the client or the request. */
const endpointCodes: ReadonlySet<string> = new Set([
  ...[unreachable, timedOut, unavailable, throttled, redirected, discoveryFailed, invalidResponse],
]);

/** What a client hears that does not prove itself. */
const clientCodes: ReadonlySet<string> = new Set([clientRejected, denied]);

/** So far clocks may differ, in milliseconds: `Date` counts whole seconds, and answers are under way for a while. */
const toleratedMs = 5_000;

/** Clocks that differ by less are no reason for a failure, in milliseconds. */
const agreedMs = 60_000;

const maxMetadataBytes = 65_536;

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
    if (init.method === 'GET') await noteMethods(context, response.clone());
    const date = Date.parse(response.headers.get('date') ?? '');
    // The middle of the exchange; `Date` counts whole seconds and cuts off the rest.
    const nowMs = (sentMs + clock.wallNow()) / 2;
    const hostAheadMs = Number.isNaN(date) ? undefined : nowMs - (date + 500);
    context.exchange = { ...exchange, status: response.status, hostAheadMs };
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

async function noteMethods(context: DiagnosisContext, response: Response): Promise<void> {
  const { text } = await readBounded(response, maxMetadataBytes, context.signal);
  const metadata = parseJson(text);
  const listed = isJsonObject(metadata) && metadata['token_endpoint_auth_methods_supported'];
  if (Array.isArray(listed)) context.offeredMethods = listed.map(String);
}

/** @param error what the request for a token failed with */
export async function checkStatus(context: DiagnosisContext, error: unknown): Promise<void> {
  const { exchange } = context;
  await context.check('endpoint-status', async () => {
    const isOfEndpoint =
      error instanceof TemporalAuthError &&
      // There is nothing at the path, or something that takes no such request.
      (endpointCodes.has(error.code) || error.status === 404 || error.status === 405);
    if (!isOfEndpoint) return `the token endpoint answers with status ${exchange?.status ?? 'unknown'}`;
    if (exchange?.url.protocol === 'http:') await rejectHttp(context, exchange.url);
    throw error;
  });
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
  const error = `This host's clock is ${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} the authorization server's. Check that NTP runs on both.`;
  // A token that is over on arrival, or an assertion that is not good by the server's clock.
  const isOfClock =
    failure instanceof TemporalAuthError &&
    (failure.code === invalidResponse || (assertion !== undefined && clientCodes.has(failure.code)));
  if (isOfClock && Math.abs(aheadMs) > agreedMs) throw new ProblemFound(DoctorCode.clockOff, error);
  return { description, code: DoctorCode.clockOff, error, details: { hostAheadSeconds } };
}

/** @param tried what came of other ways to authenticate */
export function withNotes(
  error: unknown,
  applicationName: string | undefined,
  credentials: ApplicationCredentials | undefined,
  exchange: TokenExchange | undefined,
  tried = '',
): unknown {
  if (!(error instanceof TemporalAuthError) || !clientCodes.has(error.code)) return error;
  const about = aboutRejectedClient(applicationName, credentials, exchange);
  const notes = [tried, about].filter(Boolean).join(' ');
  return notes === '' ? error : new ProblemFound(error.code, `${error.message}. ${notes}`);
}

/** What more there is to say than the server does. */
export function aboutRejectedClient(
  applicationName: string | undefined,
  credentials: ApplicationCredentials | undefined,
  exchange: TokenExchange | undefined,
): string {
  if (exchange?.assertion === undefined || exchange.method !== undefined) {
    if (credentials === undefined) return '';
    const swapped = 'The client id looks like a secret, and the secret like an id: swap them.';
    return [whiteSpaceIn(credentials), looksSwapped(credentials) && swapped].filter(Boolean).join(' ');
  }
  const { url, sentMs, hostAheadMs = 0, assertion } = exchange;
  const nowMs = sentMs - hostAheadMs;
  const { iss, sub, aud, exp, iat, nbf = iat } = shownClaims(assertion.claims, []);
  const [expMs = Infinity, fromMs = -Infinity] = [dateMs(exp), dateMs(nbf)];
  const { clientId, source = 'their source', clientAssertionFile } = credentials ?? {};
  const isFederated = /^(?:system:serviceaccount:|spiffe:)/.test(String(sub));
  const isEntra = url.hostname.startsWith('login.microsoftonline.');
  const named = isEntra ? 'api://AzureADTokenExchange' : url.origin;
  const isForServer = [aud].flat().some((one) => String(one).startsWith(named));
  const seconds = (ms: number): number => Math.round(ms / 1_000);
  const said = (value: unknown): string => (value === undefined ? 'none' : JSON.stringify(value));
  const wrong = [
    expMs <= nowMs && `its exp was ${seconds(nowMs - expMs)} s ago`,
    fromMs > nowMs && `it is good only in ${seconds(fromMs - nowMs)} s`,
    !isForServer && `its aud ${said(aud)} does not name ${shownUrl(url)} or its issuer`,
    !isFederated && sub !== clientId && `its sub ${said(sub)} is not the client id`,
    `it says iss ${said(iss)}, sub ${said(sub)}, aud ${said(aud)}`,
  ].filter(Boolean);
  const file = clientAssertionFile === undefined ? '' : `, file ${clientAssertionFile}`;
  const own = `ATLAN_${applicationKey(applicationName ?? '<app_name>')}_client_id`;
  const azure = ` The pod has an identity of Azure, perhaps of another application: ${own} and the rest win over it.`;
  return `The assertion for the credentials from ${source}${file}: ${wrong.join('; ')}.${source.includes('AZURE_') ? azure : ''}`;
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

async function rejectHttp(context: DiagnosisContext, url: URL): Promise<void> {
  const address = `${url.hostname}:${portOf(url)}`;
  const network = readNetwork(context.options, context.env);
  const ask = (signal: AbortSignal): Promise<boolean> => speaksTls(address, network, signal, 'http/1.1');
  const error = `TLS is spoken at ${address}, and the URL says http. Write https in WORKER_AUTH_TOKEN_URL (or atlan_auth_url).`;
  const isTls = await context.inTime('handshake', ask).catch(() => false);
  if (isTls) throw new ProblemFound(DoctorCode.tlsExpected, error);
}
