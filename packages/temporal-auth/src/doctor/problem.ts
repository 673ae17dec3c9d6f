import { SecretStoreError } from '@worker-auth/secret-store';
import {
  type AnyErrorCode,
  ConfigurationError,
  TemporalAuthError,
} from '@worker-auth/calls/errors/temporal-auth-error';
import { messageOf, shown, translate } from '@worker-auth/calls/errors/translate';
import type { DoctorCode } from './doctor-code.ts';

/** What is wrong, what to do, and what shows it; one line each. */
export interface Problem {
  readonly code: AnyErrorCode | DoctorCode;
  readonly cause: string;
  readonly remedy: string;
  readonly evidence?: readonly string[];
}

export function problem(
  code: Problem['code'],
  cause: string,
  remedy: string,
  evidence: readonly string[] = [],
): Problem {
  return { code, cause: cause.replaceAll('\n', ' '), remedy, ...(evidence.length > 0 && { evidence }) };
}

/** What a check found that did not fail, and what is wrong with it. */
export function warned(
  description: string,
  ...about: Parameters<typeof problem>
): Problem & { readonly description: string } {
  return { description, ...problem(...about) };
}

/** How a check fails: never leaves the doctor. */
export class ProblemFound extends ConfigurationError {
  readonly problem: Problem;

  constructor(...about: Parameters<typeof problem>) {
    const found = problem(...about);
    super(`${found.cause} ${found.remedy}`, { code: found.code });
    this.problem = found;
  }
}

/** Where a message has no remedy, or says what a running client does. */
const remedies: Readonly<Record<string, string>> = {
  SECRET_STORE_SIDECAR_UNREACHABLE:
    'Start the Dapr sidecar, or set DAPR_HTTP_ENDPOINT or DAPR_HTTP_PORT to where it is.',
  SECRET_STORE_SIDECAR_TIMEOUT: "See the sidecar's log: its back end may not answer.",
  SECRET_STORE_BACKEND_FAILED: "See the sidecar's log, and check that the back end of its component is up.",
  TOKEN_ENDPOINT_UNAVAILABLE: "Check the OAuth server's status and log, and the gateway before it.",
  TOKEN_REQUEST_THROTTLED:
    'Have the limit of this client raised, or share one token between replicas (worker-auth-agent).',
};

/** Any error as cause and remedy. What is thrown about an argument is a setting that makes no sense. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ProblemFound) return error.problem;
  const typed = error instanceof SecretStoreError ? error : translate(error, { tokens: [] });
  const isKnown = typed instanceof TemporalAuthError || typed instanceof SecretStoreError;
  const code = isKnown ? typed.code : 'TEMPORAL_AUTH_SETTING_REJECTED';
  const text = (isKnown ? typed.message : shown(messageOf(typed), [])).replace(
    / ?Looked at( before)?:$/gm,
    '',
  );
  const [first = '', ...lines] = text.split('\n');
  // The first sentence is the cause, and the rest the remedy.
  const [, said = first, todo = ''] = /^(.*?[.)"]) +([A-Z].*)$/.exec(first) ?? [];
  const isListed = (line: string): boolean => line.startsWith('- ');
  const [remedy = 'Correct it, or leave it out.'] = [
    remedies[code] ?? todo,
    ...lines.filter((line) => !isListed(line)),
  ].filter(Boolean);
  const evidence = lines.filter(isListed).map((line) => line.slice(2));
  return problem(code, closed(said), closed(remedy), evidence);
}

function closed(text: string): string {
  return `${text.trim().replace(/[.:;,]+$/, '')}.`;
}
