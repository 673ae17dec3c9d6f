export { type Clock, elapsedMs, type Instant, readInstant, systemClock, type Timer } from './clock.ts';
export { type Lease } from './lease.ts';
