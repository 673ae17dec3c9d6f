import { CertificateError } from '@worker-auth/refresh-scheduler/certificate';
import { SecretStoreError } from '@worker-auth/secret-store';
import { TokenManagerError, TokenManagerErrorCode } from '@worker-auth/token-manager';
import { sanitize } from '@worker-auth/inlined/network';
import {
  AuthenticationError,
  ConfigurationError,
  ConnectivityError,
  StoppedError,
  type TemporalAuthError,
  type TemporalAuthErrorDetails,
} from './temporal-auth-error.ts';

/** What a message shows of a server's text, in characters. */
const maxDetailLength = 200;

const classOfKind = {
  configuration: ConfigurationError,
  connectivity: ConnectivityError,
  authentication: AuthenticationError,
  stopped: StoppedError,
} as const;

/** Advice of a package below that names its own options, which have other names here. */
const renamed: Readonly<Partial<Record<string, string>>> = {
  [TokenManagerErrorCode.endpointUnknown]:
    'There is no token endpoint: set ATLAN_WORKFLOW_AUTH_URL (or authUrl), or atlan_auth_url in the secret.',
};

/** How the errors of the other packages, and those of a store or source of one's own, say what they are. */
export interface KindOfError extends Error {
  readonly kind: keyof typeof classOfKind;
  readonly code: string;
  readonly retryable: boolean;
}

export function hasKind(error: unknown): error is KindOfError {
  return (
    error instanceof Error &&
    'kind' in error &&
    Object.hasOwn(classOfKind, String(error.kind)) &&
    'code' in error &&
    typeof error.code === 'string' &&
    'retryable' in error &&
    typeof error.retryable === 'boolean'
  );
}

/** Its class here, with what it says of itself. */
export function ofKind(error: KindOfError, tokens: readonly string[]): TemporalAuthError {
  const isOurs =
    error instanceof TokenManagerError ||
    error instanceof SecretStoreError ||
    error instanceof CertificateError;
  // The packages below have made their messages fit already, and set them over several lines.
  const { code, retryable } = error;
  const message = renamed[code] ?? (isOurs ? error.message : shown(error.message, tokens));
  return new classOfKind[error.kind](message, {
    ...knownDetails(error),
    code,
    retryable,
    cause: isOurs ? error : undefined,
  });
}

function knownDetails(
  error: object,
): Pick<TemporalAuthErrorDetails, 'status' | 'retryInMs' | 'searchedSources'> {
  const { status, retryInMs, searchedSources } = error as TemporalAuthErrorDetails;
  return {
    status: typeof status === 'number' ? status : undefined,
    retryInMs: typeof retryInMs === 'number' ? retryInMs : undefined,
    searchedSources: Array.isArray(searchedSources) ? searchedSources : undefined,
  };
}

/** Text of others, fit to be shown. */
export function shown(text: string, tokens: readonly string[]): string {
  return sanitize(text, { secrets: tokens, maxLength: maxDetailLength }).replace(/\.$/, '');
}

/** The message of what may not be an error at all. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
