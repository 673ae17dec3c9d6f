import { SecretStoreError, SecretStoreErrorCode } from '@worker-auth/secret-store';
import {
  type AnyErrorCode,
  ConfigurationError,
  TemporalAuthError,
  TemporalAuthErrorCode,
} from '../errors/temporal-auth-error.ts';
import { messageOf, shown, translate } from '../errors/translate.ts';
import type { DoctorCode } from './doctor-code.ts';

/** What is wrong, what to do, and what shows it. */
export interface Problem {
  readonly code: AnyErrorCode | DoctorCode;
  /** One line. */
  readonly cause: string;
  /** One line. */
  readonly remedy: string;
  /** What was seen: one line each. */
  readonly evidence?: readonly string[];
}

/** How a check fails: never leaves the doctor. */
export class ProblemFound extends ConfigurationError {
  readonly problem: Problem;

  constructor(code: Problem['code'], cause: string, remedy: string, evidence: readonly string[] = []) {
    super(`${cause} ${remedy}`, { code });
    this.problem = { code, cause, remedy, ...(evidence.length > 0 && { evidence }) };
  }
}

/** Where advice begins in a message of the packages: at a sentence in the imperative, or behind a colon. */
const adviceStart =
  /(?:(?<=[.)"] )(?:Allow|Check|Configure|Create|Get|Give|Grant|Have|Let|Load|Make|Put|Raise|Remove|Rename|Set|Start|Turn|Try|Write)|(?<=: )(?:allow|check|configure|give|leave|let|load|set))\b/;

/** Where a message has none. */
const remedies: Readonly<Record<string, string>> = {
  [SecretStoreErrorCode.sidecarUnreachable]:
    'Start the Dapr sidecar, or set DAPR_HTTP_ENDPOINT or DAPR_HTTP_PORT to where it is.',
  [SecretStoreErrorCode.sidecarTimeout]: "See the sidecar's log: its back end may not answer.",
  [SecretStoreErrorCode.backendFailed]:
    "See the sidecar's log, and check that the back end of its component is up.",
};

/** Any error as cause and remedy. What is thrown about an argument is a setting that makes no sense. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ProblemFound) return error.problem;
  const typed = error instanceof SecretStoreError ? error : translate(error, { tokens: [] });
  const isKnown = typed instanceof TemporalAuthError || typed instanceof SecretStoreError;
  const code = isKnown ? typed.code : TemporalAuthErrorCode.settingRejected;
  const [first = '', ...lines] = (isKnown ? typed.message : shown(messageOf(typed), [])).split('\n');
  const start = adviceStart.exec(first)?.index ?? first.length;
  const isListed = (line: string): boolean => line.startsWith('- ');
  const others = lines.filter((line) => !isListed(line) && !/^Looked at/.test(line));
  const remedy = [first.slice(start), ...others].find((text) => text !== '');
  const evidence = lines.filter(isListed).map((line) => line.slice(2));
  return {
    code,
    cause: closed(first.slice(0, start).replace(/ Looked at:$/, '')),
    remedy: capital(closed(remedy ?? remedies[code] ?? 'Correct it, or leave it out.')),
    ...(evidence.length > 0 && { evidence }),
  };
}

function closed(text: string): string {
  return `${text.trim().replace(/[.:;,]+$/, '')}.`;
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
