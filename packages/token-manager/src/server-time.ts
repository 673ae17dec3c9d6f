import type { Instant } from '@worker-auth/refresh-scheduler';

/** An answer whose `Date` is further back than this was not made just now. More than two clocks that are kept ever differ. */
const freshMs = 60_000;

/** A host's clock that is further off than this is wrong, and is not believed about anything. */
const maxOffsetMs = 3_600_000;

/** `Date` counts whole seconds, and answers are under way for a while: so far two answers may be out of step. */
const stepToleranceMs = 3_000;

/** What an answer says about time. */
export interface AnswerTime {
  /** How long ago the answer was made, beyond the time that it was under way, in milliseconds: 0 unless a cache kept it. */
  readonly ageMs: number;
  /** The server's clock when the request was sent, milliseconds since the epoch; `undefined` when the answer does not tell. */
  readonly serverNowMs: number | undefined;
  /** Whether the host's clock agrees with the server's, as far as can be told. */
  readonly isHostClockBelieved: boolean;
}

interface Observation {
  readonly serverNowMs: number;
  readonly monotonicMs: number;
}

/**
 * Reads the time of answers: `Date` (RFC 9110 section 6.6.1), to which `Age` (RFC 9111 section 5.1) is added.
 *
 * An answer that looks 1 to 60 minutes old by the host's clock was kept by a cache, or that clock is ahead: one answer cannot tell
 * which. It counts as kept until a second answer is in step with it, which shows that the clock is off; from then on the clock
 * is known to be, and not believed. What looks older still, or comes from a time more than an hour ahead, is a wrong clock at once.
 */
export class ServerTime {
  #last: Observation | undefined;
  /** By how much the host's clock is ahead, once that is known. */
  #knownLeadMs: number | undefined;

  /** @param sentAt when the request of the answer was sent */
  read(headers: Headers, sentAt: Instant): AnswerTime {
    const statedAgeMs = ageMs(headers.get('age'));
    const madeAtMs = httpDateMs(headers.get('date'));
    if (madeAtMs === undefined) {
      return { ageMs: statedAgeMs, serverNowMs: undefined, isHostClockBelieved: true };
    }
    const serverNowMs = madeAtMs + statedAgeMs;
    const leadMs = sentAt.wallMs - serverNowMs;
    this.#observe({ serverNowMs, monotonicMs: sentAt.monotonicMs }, leadMs);
    if (Math.abs(leadMs) > maxOffsetMs || this.#isKnown(leadMs)) {
      return { ageMs: statedAgeMs, serverNowMs, isHostClockBelieved: false };
    }
    if (leadMs <= freshMs) return { ageMs: statedAgeMs, serverNowMs, isHostClockBelieved: true };
    return { ageMs: statedAgeMs + leadMs, serverNowMs: serverNowMs + leadMs, isHostClockBelieved: true };
  }

  #observe(now: Observation, leadMs: number): void {
    const last = this.#last;
    this.#last = now;
    if (last === undefined || now.serverNowMs === last.serverNowMs) return;
    const steppedMs = now.serverNowMs - last.serverNowMs;
    const elapsedMs = now.monotonicMs - last.monotonicMs;
    // An answer that a cache keeps has the same date each time, and falls behind.
    if (Math.abs(steppedMs - elapsedMs) <= stepToleranceMs) this.#knownLeadMs = leadMs;
  }

  #isKnown(leadMs: number): boolean {
    const knownMs = this.#knownLeadMs;
    return knownMs !== undefined && leadMs > freshMs && Math.abs(leadMs - knownMs) <= stepToleranceMs;
  }
}

/** Only dates of the form that HTTP prescribes: `Date.parse` reads far more, a bare `-5` among it. */
export function httpDateMs(text: string | null): number | undefined {
  if (text === null || !/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(text)) {
    return undefined;
  }
  const parsed = Date.parse(text);
  return Number.isNaN(parsed) ? undefined : parsed;
}

function ageMs(text: string | null): number {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) * 1_000 : 0;
}
