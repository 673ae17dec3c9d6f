import { SecretStoreErrorCode } from '../errors.ts';
import { SidecarError } from './errors.ts';

/**
 * The error for a request that got no answer at all.
 *
 * @param error the transport's; it carries the request, token included, so only its code is taken over
 */
export function unreachable(address: string, error: unknown): SidecarError {
  return new SidecarError(
    SecretStoreErrorCode.sidecarUnreachable,
    `No answer from ${address} (${connectionCode(error)}).`,
  );
}

/** The error for an answer that ended before it was whole. */
export function brokenOff(address: string): SidecarError {
  return new SidecarError(
    SecretStoreErrorCode.invalidAnswer,
    `The answer of ${address} broke off before its end.`,
  );
}

/** The system's code, such as `ECONNREFUSED`, at the end of a chain of causes. */
export function connectionCode(error: unknown): string {
  let code = 'connection failed';
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && typeof cause.code === 'string') code = cause.code;
  }
  return code;
}
