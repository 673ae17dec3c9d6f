import type { Clock } from '@worker-auth/internal';
import { hostFetch } from '@worker-auth/internal/network';
import { type FetchLike, TokenManagerErrorCode } from '@worker-auth/token-manager';
import { dateMs, decodeJwt, type DecodedJwt } from '../errors/jwt.ts';
import { TemporalAuthError } from '../errors/temporal-auth-error.ts';
import { speaksTls } from '../network/expects-tls.ts';
import { portOf } from '../settings/host.ts';
import { readNetwork } from '../settings/network.ts';
import { type DiagnosisContext, type Found, ProblemFound } from './diagnosis-context.ts';
import { DoctorCode } from './doctor-code.ts';
import { aboutRejectedClient } from './rejected-client.ts';

/** What the last exchange with the token endpoint said beside its token. */
export interface TokenExchange {
  readonly url: URL;
  readonly sentMs: number;
  /** `undefined` when there was no answer. */
  readonly status?: number;
  /** By how much this host's clock is ahead of the server's, in milliseconds; `undefined` when the answer does not tell. */
  readonly hostAheadMs?: number | undefined;
  /** The client assertion of the request. */
  readonly assertion: DecodedJwt | undefined;
}

const { clientRejected, denied, discoveryFailed, invalidResponse } = TokenManagerErrorCode;
const { redirected, throttled, timedOut, unavailable, unreachable } = TokenManagerErrorCode;

/** What says that there is no token endpoint that works, rather than that it refuses the client or the request. */
const endpointCodes: ReadonlySet<string> = new Set([
  ...[unreachable, timedOut, unavailable, throttled, redirected, discoveryFailed, invalidResponse],
]);

/** What a client hears that does not prove itself. */
const clientCodes: ReadonlySet<string> = new Set([clientRejected, denied]);

/** There is nothing at the path, or something that takes no such request. */
const pathStatuses: readonly (number | undefined)[] = [404, 405];

/** So far clocks may differ, in milliseconds: `Date` counts whole seconds, and answers are under way for a while. */
const toleratedMs = 5_000;

/** Clocks that differ by less are no reason for a failure, in milliseconds. */
const agreedMs = 60_000;

/** A `fetch` that tells of each exchange; default what the token manager uses. */
export function observedFetch(
  send: FetchLike = hostFetch as FetchLike,
  clock: Clock,
  onExchange: (exchange: TokenExchange) => unknown,
): FetchLike {
  return async (url, init) => {
    const sentMs = clock.wallNow();
    const form = new URLSearchParams(typeof init.body === 'string' ? init.body : '');
    const assertion = decodeJwt(form.get('client_assertion') ?? '');
    const exchange = { url: new URL(url), sentMs, assertion };
    onExchange(exchange);
    const response = await send(url, init);
    const date = Date.parse(response.headers.get('date') ?? '');
    // The middle of the exchange; `Date` counts whole seconds and cuts off the rest.
    const nowMs = (sentMs + clock.wallNow()) / 2;
    const hostAheadMs = Number.isNaN(date) ? undefined : nowMs - (date + 500);
    onExchange({ ...exchange, status: response.status, hostAheadMs });
    return response;
  };
}

/** Whether the token endpoint answers as one does; `error` is what the request for a token failed with. */
export async function checkStatus(
  context: DiagnosisContext,
  exchange: TokenExchange | undefined,
  error: unknown,
): Promise<void> {
  await context.check('endpoint-status', async () => {
    const isOfEndpoint =
      error instanceof TemporalAuthError &&
      (endpointCodes.has(error.code) || pathStatuses.includes(error.status));
    if (!isOfEndpoint) return `the token endpoint answers with status ${exchange?.status ?? 'unknown'}`;
    await refuseHttp(context, exchange);
    throw error;
  });
}

/**
 * How far the clocks are apart: by `Date`, else by a token that is from the future or over.
 *
 * @throws ProblemFound when that is why there is no token
 */
export function clockOf(exchange: TokenExchange, token: DecodedJwt | undefined, failure: unknown): Found {
  const aheadMs = exchange.hostAheadMs ?? (token && aheadOfToken(token, exchange.sentMs));
  if (aheadMs === undefined)
    return { description: "the authorization server does not tell its clock's time" };
  const seconds = Math.round(aheadMs / 1_000);
  const description = `this host's clock differs from the authorization server's by ${Math.abs(seconds)} s`;
  if (Math.abs(aheadMs) <= toleratedMs) return { description };
  const error = `This host's clock is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} the authorization server's. Check that NTP runs on both.`;
  const isReason =
    Math.abs(aheadMs) > agreedMs && failure instanceof TemporalAuthError && isOfClock(failure, exchange);
  if (isReason) throw new ProblemFound(DoctorCode.clockOff, error);
  return { description, code: DoctorCode.clockOff, error, details: { hostAheadSeconds: seconds } };
}

/** The error of a request for a token, with what is known of a client that the server rejected. */
export function withNotes(error: unknown, ...client: Parameters<typeof aboutRejectedClient>): unknown {
  if (!(error instanceof TemporalAuthError) || !clientCodes.has(error.code)) return error;
  const notes = aboutRejectedClient(...client);
  return notes === '' ? error : new ProblemFound(error.code, `${error.message}. ${notes}`);
}

/** Only of a token that is made later than now, or over already: others may be of a cache. */
function aheadOfToken({ claims }: DecodedJwt, sentMs: number): number | undefined {
  const [madeMs, expMs = Infinity] = [dateMs(claims['iat']), dateMs(claims['exp'])];
  const isTelling = madeMs !== undefined && (madeMs > sentMs || expMs < sentMs);
  return isTelling ? sentMs - madeMs : undefined;
}

/** A token that is over on arrival, or an assertion that is not good by the server's clock. */
function isOfClock({ code }: TemporalAuthError, { assertion }: TokenExchange): boolean {
  return code === invalidResponse || (assertion !== undefined && clientCodes.has(code));
}

/** @throws ProblemFound when the URL says http where TLS is spoken */
async function refuseHttp(context: DiagnosisContext, exchange: TokenExchange | undefined): Promise<void> {
  if (exchange?.url.protocol !== 'http:') return;
  const address = `${exchange.url.hostname}:${portOf(exchange.url)}`;
  const network = readNetwork(context.options, context.env);
  const ask = (signal: AbortSignal): Promise<boolean> => speaksTls(address, network, signal, 'http/1.1');
  if (await context.inTime('handshake', ask).catch(() => false))
    throw new ProblemFound(
      DoctorCode.tlsExpected,
      `TLS is spoken at ${address}, and the URL says http. Write https in ATLAN_WORKFLOW_AUTH_URL (or atlan_auth_url).`,
    );
}
