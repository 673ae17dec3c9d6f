import { elapsedMs, type Instant } from '@worker-auth/internal';
import type { CommonSettings } from '../settings/auth-settings.ts';

// Programs without workers see these types too: nothing here may name `@temporalio/worker`, which is not there then.

/** The state of a `SupervisedWorker`; while a worker runs, that of the worker, in Temporal's words. */
export type SupervisedState =
  | 'INITIALIZED'
  | 'RUNNING'
  | 'STOPPED'
  | 'STOPPING'
  | 'DRAINING'
  | 'DRAINED'
  | 'FAILED'
  | 'STARTING'
  | 'WAITING';

/** What is known of the token that a connection carries. */
export type TokenHealth =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'good' }
  | { readonly kind: 'refused' | 'unreachable'; readonly reason: string; readonly since: Instant };

/** How one worker is. */
export interface WorkerHealth {
  readonly taskQueue: string;
  /**
   * Temporal's word for it: `RUNNING` and so on. Of a worker of `runWorker()`, `STARTING` while one is made and `WAITING` from the failure of
   * one until another is. `FAILED` is one in whose place no other comes.
   */
  readonly state: SupervisedState;
  /** How many workers have taken the place of another one, under `runWorker()` or `superviseWorker()`. */
  readonly restarts: number;
}

const worseAndWorse: readonly TokenHealth['kind'][] = ['good', 'unknown', 'unreachable', 'refused'];

/** The worst; `undefined` of none. */
export function worstHealth(all: readonly TokenHealth[]): TokenHealth | undefined {
  const severity = ({ kind }: TokenHealth): number => worseAndWorse.indexOf(kind);
  return [...all].sort((one, other) => severity(other) - severity(one))[0];
}

/** Logs when Temporal starts or stops accepting the token, or the certificate, of workers. */
export function logHealth(
  health: TokenHealth,
  before: TokenHealth,
  place: { readonly namespace: string; readonly address: string | undefined },
  { logger, clock, hasTokens }: Pick<CommonSettings, 'clock' | 'logger'> & { readonly hasTokens: boolean },
): void {
  const credential = hasTokens ? 'access token' : 'client certificate';
  if (health.kind === 'refused') {
    logger.warn(`Temporal refuses the ${credential} of the workers: ${health.reason}`, place);
  } else if (health.kind === 'unreachable') {
    logger.warn(`Temporal does not answer: ${health.reason}`, place);
  } else if ('since' in before) {
    const seconds = (elapsedMs(clock, before.since) / 1_000).toFixed(1);
    logger.info(`Temporal accepts the ${credential} of the workers again, after ${seconds} s`, place);
  }
}
