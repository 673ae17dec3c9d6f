import { checkOptions, checkRange, type OptionNames, timerMs } from '@worker-auth/internal';
import {
  type Clock,
  resolveBackoffPolicy,
  resolveRefreshPolicy,
  systemClock,
} from '@worker-auth/refresh-scheduler';
import { FileAttempts } from './file-attempts.ts';
import { RefreshedTokens } from './refreshed-tokens.ts';
import { checkPath } from './token-file.ts';

/** A file may be written again at any time, before the token in it is due; reading one costs nobody anything. */
const rereadMs = 60_000;

/** So soon a file is read again that had no good token in it: its reading costs the authorization server nothing. */
const retryMs = 5_000;

/** The longest that one attempt may take; reading has a deadline of its own before it. */
const attemptTimeoutMs = 60_000;

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

const optionNames: OptionNames<FileTokenSourceOptions> = {
  defaultLifetimeMs: true,
  clock: true,
  random: true,
};

/**
 * Tokens that somebody else writes into a file, such as the service account token that the kubelet projects into a pod and rotates there:
 * the content of `path`, without white space around it, is the bearer. It is read when the first token is asked for, and then when it is due
 * by its `exp`, at least each 60 s, and at once for a token that was rejected (`rejectedToken`) or when it is forced; after {@link
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
    checkOptions('fileTokenSource', options, optionNames);
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
