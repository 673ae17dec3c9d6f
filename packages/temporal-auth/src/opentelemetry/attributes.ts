import type { Attributes } from '@opentelemetry/api';
import type { TokenManagerEvents } from '@worker-auth/token-manager';

/** What a code looks like, here and in Node: nothing that could be a secret by mistake. */
const codeForm = /^[A-Z][A-Z0-9_]{1,63}$/;

/**
 * `error.type`, by OpenTelemetry's conventions for errors (https://opentelemetry.io/docs/specs/semconv/registry/attributes/error/): the code of
 * the error, else its class, else `_OTHER`; never its message. No attribute where there is no error.
 */
export function ofError(error: unknown): Attributes {
  if (error === undefined) return {};
  if (!(error instanceof Error)) return { 'error.type': '_OTHER' };
  const { code = '' } = error as NodeJS.ErrnoException;
  return { 'error.type': codeForm.test(code) ? code : error.constructor.name || '_OTHER' };
}

/** Of credentials that were read. */
export function ofCredentials({ source, error }: TokenManagerEvents['credentialsRead']): Attributes {
  return { ...(source !== undefined && { 'worker_auth.credentials.source': source }), ...ofError(error) };
}

export function ofQueue(taskQueue: string): Attributes {
  return { 'worker_auth.task_queue': taskQueue };
}
