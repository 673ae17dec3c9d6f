import { networkErrorCode } from '@worker-auth/internal/network';
import { SecretStoreErrorCode } from '../error-code.ts';
import { SidecarError } from './errors.ts';

/**
 * The error for a request that got no response at all.
 *
 * @param error the transport's; it carries the request, token included, so only its code is taken over
 */
export function unreachable(address: string, error: unknown): SidecarError {
  return new SidecarError(
    `No response from ${address} (${networkErrorCode(error) ?? 'connection failed'}).`,
    {
      code: SecretStoreErrorCode.sidecarUnreachable,
    },
  );
}

/** The error for a response that ended before it was whole. */
export function brokenOff(address: string, status?: number): SidecarError {
  return new SidecarError(`The response of ${address} broke off before its end.`, {
    code: SecretStoreErrorCode.invalidResponse,
    status,
  });
}
