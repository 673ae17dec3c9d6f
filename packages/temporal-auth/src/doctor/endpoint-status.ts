import { TokenManagerErrorCode } from '@worker-auth/token-manager';
import { TemporalAuthError } from '../errors/temporal-auth-error.ts';
import { speaksTls } from '../network/expects-tls.ts';
import { readNetwork } from '../settings/network.ts';
import { DoctorCode } from './doctor-code.ts';
import type { ObservedAnswer } from './observed-fetch.ts';
import { ProblemFound } from './problem.ts';
import { placeOf, shownPlace } from './reach.ts';
import { aboutRejectedClient, type RejectedClient } from './rejected-client.ts';
import { type DiagnosisScene, inTime } from './scene.ts';

/** What says that there is no token endpoint that works, rather than that it refuses the client or the request. */
const endpointCodes: ReadonlySet<string> = new Set([
  TokenManagerErrorCode.unreachable,
  TokenManagerErrorCode.timedOut,
  TokenManagerErrorCode.unavailable,
  TokenManagerErrorCode.throttled,
  TokenManagerErrorCode.redirected,
  TokenManagerErrorCode.discoveryFailed,
  TokenManagerErrorCode.invalidResponse,
]);

/** What a client hears that does not prove itself. */
const clientCodes: ReadonlySet<string> = new Set([
  TokenManagerErrorCode.clientRejected,
  TokenManagerErrorCode.denied,
]);

/** There is nothing at the path, or something that takes no such request. */
const pathStatuses: readonly (number | undefined)[] = [404, 405];

/** Clocks that differ by less are no reason for a failure, in milliseconds. */
const agreedMs = 60_000;

/**
 * Whether the token endpoint answers as one does.
 *
 * @param error what the request for a token failed with
 */
export async function checkStatus(
  scene: DiagnosisScene,
  exchange: ObservedAnswer | undefined,
  error: unknown,
): Promise<void> {
  const explainedBy = ['endpoint-dns', 'endpoint-tcp', 'endpoint-tls', 'token-clock'] as const;
  await scene.examination.check('endpoint-status', { explainedBy }, async () => {
    if (isOfEndpoint(error)) {
      await refuseHttp(scene, exchange);
      throw error;
    }
    return {
      value: undefined,
      description: `the token endpoint answers with status ${exchange?.status ?? 'unknown'}`,
    };
  });
}

/** The error of a request for a token, with what is known of a client that the server rejected. */
export function withNotes(error: unknown, client: RejectedClient): unknown {
  if (!(error instanceof TemporalAuthError) || !clientCodes.has(error.code)) return error;
  const notes = aboutRejectedClient(client);
  return notes === '' ? error : new ProblemFound(error.code, `${error.message}. ${notes}`);
}

/** Whether clocks that differ so much are why there is no token: it is over on arrival, or an assertion is not good by the server's clock. */
export function isOfClock(error: unknown, { assertion }: ObservedAnswer, aheadMs: number): boolean {
  if (!(error instanceof TemporalAuthError) || Math.abs(aheadMs) <= agreedMs) return false;
  return (
    error.code === TokenManagerErrorCode.invalidResponse ||
    (assertion !== undefined && clientCodes.has(error.code))
  );
}

/** @throws ProblemFound when the URL says http where TLS is spoken */
async function refuseHttp(scene: DiagnosisScene, exchange: ObservedAnswer | undefined): Promise<void> {
  if (exchange?.url.protocol !== 'http:') return;
  const { options, env } = scene;
  const address = shownPlace(placeOf(exchange.url));
  const ask = (signal: AbortSignal): Promise<boolean> =>
    speaksTls({ address, network: readNetwork(options, env), protocol: 'http/1.1' }, signal);
  if (await inTime(scene, 'handshake', ask).catch(() => false))
    throw new ProblemFound(
      DoctorCode.tlsExpected,
      `TLS is spoken at ${address}, and the URL says http. Write https in ATLAN_WORKFLOW_AUTH_URL (or atlan_auth_url).`,
    );
}

function isOfEndpoint(error: unknown): boolean {
  return (
    error instanceof TemporalAuthError &&
    (endpointCodes.has(error.code) || pathStatuses.includes(error.status))
  );
}
