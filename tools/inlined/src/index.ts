export { abortable, handled } from './abortable.ts';
export { type BodyHolder, type BoundedBody, readBounded } from './bounded-body.ts';
export { type Clock, elapsedMs, type Instant, readInstant, systemClock, type Timer } from './clock.ts';
export { type DeadlineOptions, sleep, withDeadline } from './deadline.ts';
export { type Environment } from './environment.ts';
export { isJsonObject, parseJson } from './json.ts';
export { type LiveTokens, liveTokens } from './live-tokens.ts';
export { isLoopbackHost } from './loopback.ts';
export { directFetch, type DirectRequest } from './direct-fetch.ts';
export { networkErrorCode } from './network-error.ts';
export {
  anyMs,
  checkOrder,
  checkRange,
  maxTimerMs,
  type OptionsOf,
  positiveMs,
  type Range,
  timerMs,
  withDefaults,
} from './numbers.ts';
export { sanitize, type SanitizeOptions } from './text.ts';
