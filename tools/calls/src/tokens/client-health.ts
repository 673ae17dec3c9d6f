import type { Clock } from '@worker-auth/internal';
import type { ClientCertificate } from '@worker-auth/refresh-scheduler/certificate';
import type { Condition } from '../conditions/codes.ts';
import type { ApplicationTokens } from './application-tokens.ts';
import type { TemporalTokens } from './temporal-tokens.ts';
import type { TokenHealth, WorkerHealth } from '../conditions/worker-health.ts';

export type LifeState = 'new' | 'loading' | 'loaded' | 'closing' | 'closed';

/** How the token is; plain data, which JSON can hold. */
export interface AuthHealth {
  /** `off`: authentication is switched off. `valid`: there is a token, and its life is not over. `missing`: there is none. */
  readonly state: 'off' | 'valid' | 'missing';
  /** Milliseconds of the token's life that are left; `undefined` without a token, and for one of your own source that is no JWT. */
  readonly expiresInMs: number | undefined;
  /** Milliseconds until the token is refreshed in the background; `undefined` when that is not scheduled. */
  readonly refreshInMs: number | undefined;
  /** Where the credentials of the token came from, in words; `undefined` before the first token. */
  readonly credentialsSource: string | undefined;
}

/** Whether Temporal accepts the token of the workers; plain data, which JSON can hold. */
export interface TemporalHealth {
  /**
   * The worst of all connections. `unknown`: there is none of workers, or it has not been asked yet. `rejected`: Temporal answers, and says no to the
   * token. `unreachable`: nobody knows. `conditions` has the reason.
   */
  readonly state: TokenHealth['kind'];
  /** Whether Temporal accepts the token on each of them, or did before. */
  readonly wasAccepted: boolean;
}

/** How the client certificate is, where certificates rotate; plain data, which JSON can hold. */
export interface CertificateHealth {
  /** Milliseconds of its life that are left, 0 or less when it has ended. */
  readonly expiresInMs: number;
}

/** How a `TemporalWorkflowClient` or the plugin is; plain data without any token, which JSON can hold. */
export interface ClientHealth {
  /** What the client is doing; `closing` from `close()` on until it resolves. */
  readonly state: LifeState;
  readonly auth: AuthHealth;
  readonly temporal: TemporalHealth;
  /** `undefined` where no certificate rotates, and before the first was read. */
  readonly certificate: CertificateHealth | undefined;
  /** What is wrong, the oldest first; a consequence is not among them beside its cause. */
  readonly conditions: readonly Condition[];
  /** The workers that were made and have not ended in order; one that `runWorker()` replaces is one with those that take its place. */
  readonly workers: readonly WorkerHealth[];
}

/** @param tokens `undefined` when authentication is off; of a source of the user's own nothing is known but what it and its token say */
export function authHealth(tokens: TemporalTokens | undefined): AuthHealth {
  const known: Partial<ApplicationTokens> = tokens ?? {};
  return {
    state: tokens === undefined ? 'off' : tokens.peek() === undefined ? 'missing' : 'valid',
    expiresInMs: whole(tokens?.remainingMs),
    refreshInMs: whole(known.manager?.nextRefreshInMs),
    credentialsSource: known.credentialsSource,
  };
}

export function certificateHealth(
  certificate: Pick<ClientCertificate, 'notAfter'> | undefined,
  clock: Clock,
): CertificateHealth | undefined {
  if (certificate === undefined) return undefined;
  return { expiresInMs: certificate.notAfter.getTime() - clock.wallNow() };
}

function whole(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.round(ms);
}

/** Nothing where there is one. */
export function saidOfToken(
  { state }: AuthHealth,
  [condition]: ClientHealth['conditions'],
): readonly string[] {
  if (state !== 'missing') return [];
  return [condition === undefined ? 'There is no token.' : `There is no token: ${condition.cause}`];
}

/** In the words of `application/health+json`, an expired draft (draft-inadarei-api-health-check-06), as JSON, which every tool shows. */
export function pageOf(
  failures: readonly string[],
  more: {
    readonly reasons?: readonly string[];
    readonly conditions?: readonly unknown[];
    readonly health?: object;
  } = {},
): { readonly status: number; readonly body: string } {
  const { reasons = failures, conditions = [] } = more;
  const hasPassed = failures.length === 0;
  const status = !hasPassed ? 'fail' : reasons.length + conditions.length > 0 ? 'warn' : 'pass';
  return { status: hasPassed ? 200 : 503, body: `${JSON.stringify({ status, reasons, ...more })}\n` };
}
