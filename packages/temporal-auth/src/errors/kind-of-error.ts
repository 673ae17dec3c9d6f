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

/** An error of the other packages, or of a user's own source, in the class of its kind; `undefined` where it does not say its kind. */
export function ofKind(error: unknown, tokens: readonly string[]): TemporalAuthError | undefined {
  if (!(error instanceof Error)) return undefined;
  const { kind, code, retryable, status, retryInMs, searchedSources } = error as Partial<TemporalAuthError>;
  if (kind === undefined || !Object.hasOwn(classOfKind, kind)) return undefined;
  if (typeof code !== 'string' || typeof retryable !== 'boolean') return undefined;
  // Their messages are fit already, and some have several lines.
  const isOurs = ours.some((its) => error instanceof its);
  const advice = code === TokenManagerErrorCode.endpointUnknown ? endpointUnknown : undefined;
  return new classOfKind[kind](advice ?? (isOurs ? error.message : shown(error.message, tokens)), {
    ...{ code, retryable },
    status: typeof status === 'number' ? status : undefined,
    retryInMs: typeof retryInMs === 'number' ? retryInMs : undefined,
    searchedSources: Array.isArray(searchedSources) ? searchedSources : undefined,
    cause: isOurs ? error : undefined,
  });
}

/** Text of others, fit to be shown. */
export function shown(text: string, tokens: readonly string[]): string {
  return sanitize(text, { secrets: tokens, maxLength: 200 }).replace(/\.$/, '');
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
