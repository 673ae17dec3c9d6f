import {
  checkChoice,
  checkOptions,
  type ClientAssertionType,
  type ClientCredentials,
} from '@worker-auth/internal';
import { systemClock } from '@worker-auth/refresh-scheduler';
import {
  type ClientAssertion,
  type ClientAssertionContext,
  assertionTypes,
  type ClientAuthMethod,
  usesSecret,
} from './client-auth.ts';
import { checkPath, readTokenFile } from '../files/token-file.ts';

/** A {@link ClientAssertion} that a file holds. */
export interface FileAssertion extends ClientAssertion {
  /** The path of the file. */
  readonly file: string;
  readonly type: ClientAssertionType | undefined;
}

/** Settings of {@link fileAssertion}. */
export interface FileAssertionOptions {
  /** The `client_assertion_type`: `jwt-spiffe` for a SPIFFE JWT-SVID, as `spiffe-helper` writes it. Default that of the credentials, else `jwt-bearer`. */
  readonly type?: ClientAssertionType | undefined;
}

/**
 * Client authentication by a JWT that somebody else writes into a file, for the `clientAssertion` option of a `TokenManager`. It is a service
 * account token that the kubelet projects into the pod (workload identity federation, RFC 7523 section 2.2). The file is read again for each
 * request, and each 5 s (`credentialRereadMs`) while the server rejects what was in it.
 *
 * A file that cannot be read, is empty, half written or holds something else shows as an error of `getToken` that names it
 * (`fileUnreadable`, `fileNotReady`). Whether the assertion has expired is for the server to say.
 *
 * @throws TypeError for an empty path, and for a type that is none
 * @see https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#serviceaccount-token-volume-projection
 */
export function fileAssertion(path: string, options: FileAssertionOptions = {}): FileAssertion {
  checkPath(path);
  checkOptions('fileAssertion', options, { type: true });
  const { type } = options;
  checkChoice('type', type, assertionTypes);
  const read = ({ signal }: ClientAssertionContext): Promise<string> =>
    readTokenFile(path, { clock: systemClock, signal });
  return Object.assign(read, { file: path, type });
}

/** The file whose assertion authenticates the client by `method`; `undefined` where none does. */
export function assertionFile(
  method: ClientAuthMethod | undefined,
  credentials: ClientCredentials,
): string | undefined {
  if (usesSecret(method)) return credentials.clientAssertionFile || undefined;
  return method?.kind === 'client_assertion' && isOfFile(method.assertion)
    ? method.assertion.file
    : undefined;
}

/** Whether `assertion` is one of {@link fileAssertion}. */
export function isOfFile(assertion: ClientAssertion): assertion is FileAssertion {
  return 'file' in assertion && typeof assertion.file === 'string';
}
