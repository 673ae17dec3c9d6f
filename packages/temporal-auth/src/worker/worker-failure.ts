import { callFailure, isPlaceTaken, isRefusal, isTransportError, serverText } from '../errors/refusal.ts';
import {
  AuthenticationError,
  ConfigurationError,
  ConnectivityError,
  type TemporalAuthError,
  TemporalAuthErrorCode,
} from '../errors/temporal-auth-error.ts';
import { messageOf, shown } from '../errors/kind-of-error.ts';
import { ownError } from '../errors/translate.ts';

/** What an error of Temporal's connection means, without knowing which Temporal it was; every other error is left as it is. */
export function shownFailure(error: unknown): unknown {
  if (!isTransportError(error)) return error;
  const failure = callFailure(error);
  const text = shown(serverText(failure), []);
  return isRefusal(failure)
    ? new AuthenticationError(`Temporal refused the worker: ${text}.`, {
        code: TemporalAuthErrorCode.callRefused,
      })
    : new ConnectivityError(`The worker cannot reach Temporal: ${text}.`, {
        code: TemporalAuthErrorCode.temporalUnavailable,
        retryable: true,
      });
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

/** The end of a supervisor that has seen so many workers fail. */
export function workersFailed(failures: number, last: unknown): TemporalAuthError {
  const own = ownError(last);
  const times = failures === 1 ? '' : ` ${failures} times in a row, the last time`;
  const message = `The worker failed${times}: ${failureText(last)} Mend that and start the process again.`;
  const options = { code: TemporalAuthErrorCode.workerFailed, retryable: own?.retryable, cause: own };
  if (own?.kind === 'connectivity') return new ConnectivityError(message, options);
  if (own?.kind === 'authentication') return new AuthenticationError(message, options);
  return new ConfigurationError(message, options);
}

/** What may be shown of it, as a sentence. */
export function failureText(error: unknown): string {
  return `${ownError(error)?.message ?? shown(messageOf(error), [])}.`.replace(/\.\.$/, '.');
}
