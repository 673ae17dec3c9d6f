import type { Attributes } from '@opentelemetry/api';

/** What a code looks like, here and in Node: nothing that could be a secret by mistake. */
const codeForm = /^[A-Z][A-Z0-9_]{1,63}$/;

/** OpenTelemetry's own word for what has no name. */
const other = '_OTHER';

/**
 * `error.type`, by OpenTelemetry's conventions for errors (https://opentelemetry.io/docs/specs/semconv/registry/attributes/error/): the code of
 * the error, else its class; never its message. No attribute where there is no error.
 */
export function ofError(error: unknown): Attributes {
  return error === undefined ? {} : { 'error.type': errorType(error) };
}

/** Of credentials that were read. */
export function ofCredentials(event: {
  readonly source: string | undefined;
  readonly error: unknown;
}): Attributes {
  const { source, error } = event;
  return { ...(source !== undefined && { 'worker_auth.credentials.source': source }), ...ofError(error) };
}

export function ofQueue(taskQueue: string): Attributes {
  return { 'worker_auth.task_queue': taskQueue };
}

function errorType(error: unknown): string {
  if (!(error instanceof Error)) return other;
  const { code } = error as { readonly code?: unknown };
  if (typeof code === 'string' && codeForm.test(code)) return code;
  return error.constructor.name || other;
}
