export { abortable, handled } from './abortable.ts';
export { type Clock, elapsedMs, type Instant, readInstant, systemClock, type Timer } from './clock.ts';
export { type DeadlineOptions, sleep, withDeadline } from './deadline.ts';
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
