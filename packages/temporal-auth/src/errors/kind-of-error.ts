import { CertificateError } from '@worker-auth/refresh-scheduler/certificate';
import { SecretStoreError } from '@worker-auth/secret-store';
import { TokenManagerError, TokenManagerErrorCode } from '@worker-auth/token-manager';
import { sanitize } from '@worker-auth/internal/network';
import {
  AuthenticationError,
  ConfigurationError,
  ConnectivityError,
  StoppedError,
  type TemporalAuthError,
} from './temporal-auth-error.ts';

/** What a message shows of a server's text, in characters. */
const maxDetailLength = 200;

const classOfKind = {
  configuration: ConfigurationError,
  connectivity: ConnectivityError,
  authentication: AuthenticationError,
  stopped: StoppedError,
} as const;

const ours = [TokenManagerError, SecretStoreError, CertificateError] as const;

/** In place of the token manager's own advice, whose options have other names here. */
const endpointUnknown =
  'There is no token endpoint: set ATLAN_WORKFLOW_AUTH_URL (or authUrl), or atlan_auth_url in the secret.';

/** How the errors of the other packages, and those of a store or source of one's own, say what they are. */
type KindOfError = Error & Pick<TemporalAuthError, 'kind' | 'code' | 'retryable'>;

export function hasKind(error: unknown): error is KindOfError {
  if (!(error instanceof Error)) return false;
  const { kind, code, retryable } = error as Partial<KindOfError>;
  return (
    Object.hasOwn(classOfKind, String(kind)) && typeof code === 'string' && typeof retryable === 'boolean'
  );
}

/** Its class here, with what it says of itself. */
export function ofKind(error: KindOfError, tokens: readonly string[]): TemporalAuthError {
  // Their messages are fit already, and some have several lines.
  const isOurs = ours.some((its) => error instanceof its);
  const { code, retryable, status, retryInMs, searchedSources } = error as KindOfError &
    Partial<TemporalAuthError>;
  const advice = code === TokenManagerErrorCode.endpointUnknown ? endpointUnknown : undefined;
  return new classOfKind[error.kind](advice ?? (isOurs ? error.message : shown(error.message, tokens)), {
    ...{ code, retryable },
    status: typeof status === 'number' ? status : undefined,
    retryInMs: typeof retryInMs === 'number' ? retryInMs : undefined,
    searchedSources: Array.isArray(searchedSources) ? searchedSources : undefined,
    cause: isOurs ? error : undefined,
  });
}

/** Text of others, fit to be shown. */
export function shown(text: string, tokens: readonly string[]): string {
  return sanitize(text, { secrets: tokens, maxLength: maxDetailLength }).replace(/\.$/, '');
}

/** The message of what may not be an error at all. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
