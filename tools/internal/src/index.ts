export type {
  ClientAssertionType,
  ClientCredentials,
  Clock,
  CredentialReadOptions,
  CredentialSource,
  DaprComponent,
  DaprSidecar,
  GetTokenOptions,
  Instant,
  Lease,
  ReadOptions,
  Secret,
  SecretReadOptions,
  SecretStore,
  Timer,
  TokenSource,
} from '@worker-auth/ports';
export { abortable, handled } from './abortable.ts';
export { anySignal } from './any-signal.ts';
export { callSafely } from '@worker-auth/ports/call-safely';
export { changesBetween, nearestName } from '@worker-auth/ports/nearest-name';
export { Emitter } from '@worker-auth/ports';
export { checkInstant, elapsedMs, msBetween, readInstant, systemClock } from './clock.ts';
export { type DeadlineOptions, graceAfterStall, sleep, withDeadline } from './deadline.ts';
export { brandErrors } from './error-classes.ts';
export { type Environment } from './environment.ts';
export { isJsonObject, parseJson } from './json.ts';
export { dateMs, type DecodedJwt, decodeJwt } from './jwt.ts';
export { isLoopbackHost } from './loopback.ts';
export { maxTokens } from './max-tokens.ts';
export {
  anyMs,
  checkNumber,
  checkOrder,
  checkRange,
  maxTimerMs,
  type OptionsOf,
  positiveMs,
  timerMs,
  withDefaults,
} from './numbers.ts';
export { inOwnContext } from './own-context.ts';
export { visible } from './text.ts';
export {
  checkApart,
  checkBoolean,
  checkChoice,
  checkClock,
  checkFunction,
  checkList,
  checkMethods,
  checkObject,
  checkOptions,
  checkSignal,
  checkText,
  isPlain,
  type OptionNames,
  shown,
  throwIfAborted,
} from './options.ts';
export { SingleFlight } from './single-flight.ts';
export { budgetSpent, TokenBudget } from './token-budget.ts';
export { tokenEvents } from './token-events.ts';
export { WakeableTimer } from './wakeable-timer.ts';
