import { attributes } from './catalogue.ts';

/** What a code looks like, here and in Node: nothing that could be a secret by mistake. */
const codeForm = /^[A-Z][A-Z0-9_]{1,63}$/;

/** OpenTelemetry's own word for what has no name. */
const other = '_OTHER';

/**
 * `error.type`, by OpenTelemetry's conventions for errors (https://opentelemetry.io/docs/specs/semconv/registry/attributes/error/): the code of
 * the error, else its class; never its message. No attribute where there is no error.
 */
export function errorAttributes(error: unknown): Readonly<Record<string, string>> {
  return error === undefined ? {} : { [attributes.errorType.name]: errorType(error) };
}

function errorType(error: unknown): string {
  if (!(error instanceof Error)) return other;
  const { code } = error as { readonly code?: unknown };
  if (typeof code === 'string' && codeForm.test(code)) return code;
  return error.constructor.name || other;
}
