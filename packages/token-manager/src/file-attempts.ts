import { msBetween } from '@worker-auth/internal';
import { type Clock, type Instant, type Lease, readInstant } from '@worker-auth/refresh-scheduler';
import type { Attempts, ObtainedToken } from './attempts.ts';
import { jwtDates } from './jwt.ts';
import { notReady, readTokenFile } from './token-file.ts';

/** With less than this left a token counts as over: no call with it would get through. */
const minLeftMs = 200;

/** What {@link FileAttempts} goes by. */
export interface FileAttemptsSettings {
  readonly path: string;
  readonly clock: Clock;
  /** Life of a token that states none, in milliseconds since it was found in the file last. */
  readonly defaultLifetimeMs: number;
}

/** A token with an end, as it was found last. */
interface SeenToken {
  readonly token: string;
  readonly readAt: Instant;
  /** What was left of it then, in milliseconds; 0 or less when it was over. */
  readonly leftMs: number;
}

/**
 * Reads a token out of a file. What is left of it is decided when it is found first, by the host's clock, and runs down by both clocks
 * from then on: finding it again after the wall clock was set back does not lengthen its life.
 */
export class FileAttempts implements Attempts {
  readonly budget = undefined;
  readonly unchangedMessage: string;
  readonly #settings: FileAttemptsSettings;
  #seen: SeenToken | undefined;

  constructor(settings: FileAttemptsSettings) {
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

  /** @throws TokenRequestError (`fileNotReady`) for a token that is over */
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
    // One that was over when it was found first may be good: by a clock that was ahead.
    if (seen !== undefined || leftMs > minLeftMs) this.#seen = { token, readAt, leftMs };
    if (leftMs > minLeftMs) return leftMs;
    throw notReady(
      path,
      `holds a token that is over since ${Math.round(-leftMs / 1_000)} s by this host's clock`,
    );
  }
}
