/** `google.protobuf.Duration` and `google.protobuf.Timestamp` as a message has them. */
interface Seconds {
  readonly seconds?: unknown;
  readonly nanos?: number | null | undefined;
}

/** As a plain object, to be sent. */
export interface PlainSeconds {
  readonly seconds: number;
  readonly nanos: number;
}

/** Milliseconds; 0 when there is none. */
export function durationMs(duration: Seconds | null | undefined): number {
  return Number(duration?.seconds ?? 0) * 1_000 + (duration?.nanos ?? 0) / 1_000_000;
}

/** A duration, or a moment since the epoch, of whole milliseconds. */
export function toSeconds(ms: number): PlainSeconds {
  const whole = Math.round(ms);
  const seconds = Math.floor(whole / 1_000);
  return { seconds, nanos: (whole - seconds * 1_000) * 1_000_000 };
}
