import { type Clock, elapsedMs } from '@worker-auth/internal';
import type { ClientCertificate } from '@worker-auth/refresh-scheduler/certificate';
import type { LifeState } from '../connection/client-life.ts';
import { messageOf } from '../errors/translate.ts';
import { TemporalAuthError } from '../errors/temporal-auth-error.ts';
import type { ApplicationTokens } from '../tokens/application-tokens.ts';
import type { TemporalTokens } from '../tokens/temporal-tokens.ts';
import type { TokenHealth, WorkerHealth } from '../worker/worker-health.ts';

/** What went wrong last, without anything that is secret. */
export interface HealthError {
  /** See `TemporalAuthErrorCode`; `undefined` for an error that is not of these packages. */
  readonly code: string | undefined;
  readonly kind: TemporalAuthError['kind'] | undefined;
  readonly retryable: boolean;
  readonly message: string;
}

/** How the token is; plain data, which JSON can hold. */
export interface AuthHealth {
  /** `off`: authentication is switched off. `valid`: there is a token, and its life is not over. `missing`: there is none. */
  readonly state: 'off' | 'valid' | 'missing';
  /** Milliseconds of the token's life that are left; `undefined` without a token. */
  readonly expiresInMs: number | undefined;
  /** Milliseconds until the token is refreshed in the background; `undefined` when that is not scheduled. */
  readonly refreshInMs: number | undefined;
  /** Where the credentials of the token came from, in words; `undefined` before the first token. */
  readonly credentialsSource: string | undefined;
  /** Why the last request for a token failed; `undefined` when it did not. */
  readonly lastError: HealthError | undefined;
}

/** Whether Temporal accepts the token of the workers; plain data, which JSON can hold. */
export interface TemporalHealth {
  /**
   * `unknown`: there is no connection of workers, or it has not been asked yet. `rejected`: Temporal answers, and says no to the token.
   * `unreachable`: nobody knows, since there is no answer, or none that says anything of the token; TLS and the network are among it.
   */
  readonly state: TokenHealth['kind'];
  /** For how many milliseconds it has been so; `undefined` for `unknown` and `good`. */
  readonly sinceMs: number | undefined;
  /** Why; `undefined` for `unknown` and `good`. */
  readonly reason: string | undefined;
}

/** How the client certificate is, where certificates rotate; plain data, which JSON can hold. */
export interface CertificateHealth {
  /** Milliseconds of its life that are left, 0 or less when it is over. */
  readonly expiresInMs: number;
  /** Milliseconds from its beginning to its end. */
  readonly lifetimeMs: number;
}

/** How a `TemporalWorkflowClient` or the plugin is; plain data without any token, which JSON can hold. */
export interface ClientHealth {
  /** What the client is doing; `closing` from `close()` on until it resolves. */
  readonly state: LifeState;
  readonly auth: AuthHealth;
  readonly temporal: TemporalHealth;
  /** `undefined` where no certificate rotates, and before the first was read. */
  readonly certificate: CertificateHealth | undefined;
  /** The workers that were made and have not ended in order; one that `runWorker()` replaces is one with those that take its place. */
  readonly workers: readonly WorkerHealth[];
}

/** @param tokens `undefined` when authentication is off; of a source of the user's own nothing is known but what it has */
export function authHealth(tokens: TemporalTokens | undefined): AuthHealth {
  const known: Partial<ApplicationTokens> = tokens ?? {};
  return {
    state: tokens === undefined ? 'off' : tokens.peek() === undefined ? 'missing' : 'valid',
    expiresInMs: whole(known.manager?.remainingMs),
    refreshInMs: whole(known.manager?.nextRefreshInMs),
    credentialsSource: known.credentialsSource,
    lastError: known.lastError === undefined ? undefined : healthError(known.lastError),
  };
}

export function temporalHealth(health: TokenHealth | undefined, clock: Clock): TemporalHealth {
  if (health === undefined || !('since' in health))
    return { state: health?.kind ?? 'unknown', sinceMs: undefined, reason: undefined };
  return { state: health.kind, sinceMs: whole(elapsedMs(clock, health.since)), reason: health.reason };
}

export function certificateHealth(
  certificate: Pick<ClientCertificate, 'notBefore' | 'notAfter'> | undefined,
  clock: Clock,
): CertificateHealth | undefined {
  if (certificate === undefined) return undefined;
  const [beginMs, endMs] = [certificate.notBefore.getTime(), certificate.notAfter.getTime()];
  return { expiresInMs: endMs - clock.wallNow(), lifetimeMs: endMs - beginMs };
}

function healthError(error: unknown): HealthError {
  const known: Partial<TemporalAuthError> = error instanceof TemporalAuthError ? error : {};
  const { code, kind, retryable = false } = known;
  return { code, kind, retryable, message: messageOf(error) };
}

function whole(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.round(ms);
}
