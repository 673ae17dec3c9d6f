import {
  callFailure,
  isPlaceTaken,
  isRejection,
  isTransportError,
  serverText,
} from '@worker-auth/calls/errors/rejection';
import {
  AuthenticationError,
  ConfigurationError,
  ConnectivityError,
  type TemporalAuthError,
  TemporalAuthErrorCode,
} from '@worker-auth/calls/errors/temporal-auth-error';
import { messageOf, ownError, shown } from '@worker-auth/calls/errors/translate';

/** What an error of Temporal's connection means, without knowing which Temporal it was; every other error is left as it is. */
export function shownFailure(error: unknown): unknown {
  if (!isTransportError(error)) return error;
  const failure = callFailure(error);
  const text = shown(serverText(failure), []);
  const { callRejected, temporalUnavailable } = TemporalAuthErrorCode;
  if (isRejection(failure))
    return new AuthenticationError(`Temporal rejected the worker: ${text}.`, { code: callRejected });
  const options = { code: temporalUnavailable, retryable: true };
  return new ConnectivityError(`The worker cannot reach Temporal: ${text}.`, options);
}

/** Whether another attempt may succeed where this one could not make a worker. */
export function canMend(error: unknown, hasRun: boolean): boolean {
  // Of a worker that failed without being shut down; on a new connection nobody has it.
  if (isPlaceTaken(error)) return hasRun;
  const { kind, retryable } = (error ?? {}) as { readonly kind?: unknown; readonly retryable?: unknown };
  if (kind === 'connectivity') return retryable === true;
  // At the first start it is more likely that somebody has not granted a permission.
  return kind === 'authentication' && (hasRun || retryable === true);
}

export function workersFailed(failures: number, last: unknown): TemporalAuthError {
  const cause = ownError(last);
  const times = failures === 1 ? '' : ` ${failures} times in a row, the last time`;
  const message = `The worker failed${times}: ${failureText(last)} Mend that and start the process again.`;
  const options = { code: TemporalAuthErrorCode.workerFailed, retryable: cause?.retryable, cause };
  if (cause?.kind === 'connectivity') return new ConnectivityError(message, options);
  if (cause?.kind === 'authentication') return new AuthenticationError(message, options);
  return new ConfigurationError(message, options);
}

export function failureText(error: unknown): string {
  return `${ownError(error)?.message ?? shown(messageOf(error), [])}.`.replace(/\.\.$/, '.');
}
