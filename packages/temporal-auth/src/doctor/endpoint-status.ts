import { TokenManagerErrorCode } from '@worker-auth/token-manager';
import { TemporalAuthError } from '../errors/temporal-auth-error.ts';
import type { ObservedFetch } from './observed-fetch.ts';
import type { DiagnosisScene } from './scene.ts';

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

/** There is nothing at the path, or something that takes no such request. */
const pathStatuses: readonly (number | undefined)[] = [404, 405];

/**
 * Whether the token endpoint answers as one does.
 *
 * @param error what the request for a token failed with
 */
export async function checkStatus(
  { examination }: DiagnosisScene,
  { last }: ObservedFetch,
  error: unknown,
): Promise<void> {
  const explainedBy = ['endpoint-dns', 'endpoint-tcp', 'endpoint-tls'] as const;
  await examination.check('endpoint-status', { explainedBy }, () => {
    if (isOfEndpoint(error)) throw error;
    return {
      value: undefined,
      description: `the token endpoint answers with status ${last()?.status ?? 'unknown'}`,
    };
  });
}

function isOfEndpoint(error: unknown): boolean {
  return (
    error instanceof TemporalAuthError &&
    (endpointCodes.has(error.code) || pathStatuses.includes(error.status))
  );
}
