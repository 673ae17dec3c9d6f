/** A failure of `temporal.api.failure.v1`, as far as it is read here. */
interface Traced {
  readonly stackTrace?: string | null;
  readonly cause?: Traced | null;
}

/** The interceptor that reports, and the function of the SDK that calls it. */
const ownFrames =
  /\n\s+at (?:async )?(?:\w+\.)?executeAndReport\b.*(?:\n\s+at composedNext \(.*[\\/]interceptors\.[jt]s:\d+:\d+\))?/g;

/** A failure whose stack traces, and those of its causes, are the ones that a plain worker reports. */
export function withoutOwnFrames<F extends Traced>(failure: F): F {
  const { stackTrace, cause } = failure;
  return {
    ...failure,
    ...(stackTrace && { stackTrace: stackTrace.replace(ownFrames, '') }),
    ...(cause && { cause: withoutOwnFrames(cause) }),
  };
}
