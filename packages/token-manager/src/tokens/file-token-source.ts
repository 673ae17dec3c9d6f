import { checkOptions, checkRange, msBetween, timerMs } from '@worker-auth/internal';
import {
  type Clock,
  type Instant,
  type Lease,
  readInstant,
  resolveBackoffPolicy,
  resolveRefreshPolicy,
  systemClock,
} from '@worker-auth/refresh-scheduler';
import type { Attempts, ObtainedToken } from '../request/attempts.ts';
import { jwtDates } from '../jwt.ts';
import { RefreshedTokens } from './refreshed-tokens.ts';
import { checkPath, notReady, readTokenFile } from '../files/token-file.ts';

/** A file may be written again at any time, before the token in it is due; reading one costs nobody anything. */
const rereadMs = 60_000;

/** So soon a file is read again that had no good token in it: its reading costs the authorization server nothing. */
const retryMs = 5_000;

/** The longest that one attempt may take; reading has a deadline of its own before it. */
const attemptTimeoutMs = 60_000;

/** With less than this left a token counts as over: no call with it would get through. */
const minLeftMs = 200;

/** Settings of {@link fileTokenSource}. */
export interface FileTokenSourceOptions {
  /**
   * Life of a token that states none: no JWT, or one without `exp`. Milliseconds since it was last found in the file. Default 300,000; above
   * 60,000, after which the file is read again.
   */
  readonly defaultLifetimeMs?: number | undefined;
  /** Where time comes from. Default the host's clocks. */
  readonly clock?: Clock | undefined;
  /** A number from 0 to 1, for jitter. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
}

/**
 * Tokens that somebody else writes into a file, such as the service account token that the kubelet projects into a pod and rotates there.
 * The content of `path`, without white space around it, is the bearer. It is read when the first token is asked for, and then when it is due
 * by its `exp`, at least each 60 s. It is also read at once for a token that was rejected (`rejectedToken`) or when it is forced. After {@link
 * FileTokenSource.start} with no caller at all.
 *
 * A file that is gone, empty, half written, a directory or not to be read keeps the last token to its end, and is read again within
 * 5 s. Without a token it is a TokenRequestError (`fileUnreadable`, `fileNotReady`) that names the file.
 *
 * @throws TypeError for an empty path, RangeError for a number outside its range
 * @see https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#serviceaccount-token-volume-projection
 */
export function fileTokenSource(path: string, options: FileTokenSourceOptions = {}): FileTokenSource {
  return new FileTokenSource(path, options);
}

/** See {@link fileTokenSource}. */
export class FileTokenSource extends RefreshedTokens {
  constructor(path: string, options: FileTokenSourceOptions) {
    checkPath(path);
    checkOptions('fileTokenSource', options, { defaultLifetimeMs: true, clock: true, random: true });
    const { defaultLifetimeMs = 300_000, clock = systemClock, random = Math.random } = options;
    checkRange('defaultLifetimeMs', defaultLifetimeMs, { ...timerMs, min: rereadMs });
    const settings = {
      clock,
      random,
      attemptTimeoutMs,
      policy: resolveRefreshPolicy({ minDelayMs: 0, maxDelayMs: rereadMs }),
      backoff: resolveBackoffPolicy({ maxWithoutLeaseMs: retryMs, maxWithLeaseMs: retryMs }),
    };
    super(settings, () => new FileAttempts({ path, clock, defaultLifetimeMs }));
  }
}

interface FileSettings {
  readonly path: string;
  readonly clock: Clock;
  /** Life of a token that states none, in milliseconds since it was found in the file last. */
  readonly defaultLifetimeMs: number;
}

/** A token with an end, as it was found last. */
interface SeenToken {
  readonly token: string;
  readonly readAt: Instant;
  /** What was left of it then, in milliseconds; 0 or less when it had ended. */
  readonly leftMs: number;
}

/**
 * Reads a token out of a file. What is left of it is decided when it is found first, by the host's clock, and runs down by both clocks
 * from then on. Finding it again after the wall clock was set back does not lengthen its life.
 */
class FileAttempts implements Attempts {
  readonly budget = undefined;
  readonly unchangedMessage: string;
  readonly #settings: FileSettings;
  #seen: SeenToken | undefined;

  constructor(settings: FileSettings) {
    this.#settings = settings;
    this.unchangedMessage =
      `The token file ${settings.path} still holds the token that was rejected. ` +
      'Check what the server trusts (issuer, audience, keys), and that the file is refreshed';
  }

  async obtain(signal: AbortSignal): Promise<Lease<ObtainedToken>> {
    const { path, clock } = this.#settings;
    const obtainedAt = readInstant(clock);
    const token = await readTokenFile(path, { clock, signal });
    const lifetimeMs = this.#lifetimeMs(token, obtainedAt);
    return { value: { token, credentialsSource: `file ${path}` }, obtainedAt, lifetimeMs };
  }

  retryInMs(): undefined {
    return undefined;
  }

  /** Only the life of the token is kept. */
  invalidate(): void {
    // Each attempt reads the file.
  }

  /** @throws TokenRequestError (`fileNotReady`) for a token that has expired */
  #lifetimeMs(token: string, readAt: Instant): number {
    const { path, defaultLifetimeMs } = this.#settings;
    const { expMs, iatMs } = jwtDates(token);
    if (expMs === undefined) return defaultLifetimeMs;
    const seen = this.#seen?.token === token ? this.#seen : undefined;
    const lengthMs = iatMs === undefined ? Infinity : expMs - iatMs;
    const leftMs =
      seen === undefined
        ? Math.min(expMs - readAt.wallMs, lengthMs)
        : seen.leftMs - msBetween(seen.readAt, readAt);
    // One that had ended when it was found first may be good: by a clock that was ahead.
    if (seen !== undefined || leftMs > minLeftMs) this.#seen = { token, readAt, leftMs };
    if (leftMs > minLeftMs) return leftMs;
    throw notReady(
      path,
      `holds a token that expired ${Math.round(-leftMs / 1_000)} s ago by this host's clock`,
    );
  }
}
