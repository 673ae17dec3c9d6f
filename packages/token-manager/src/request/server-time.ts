import type { Instant } from '@worker-auth/refresh-scheduler';
import type { HttpResponse } from './http-transport.ts';

/** What a response says about time. */
export interface ResponseClock {
  /** How long the response was kept by a cache, in milliseconds: 0 unless the response itself shows that it was. */
  readonly ageMs: number;
  /** The server's clock when the request was sent, milliseconds since the epoch; `undefined` without a `Date`. */
  readonly serverNowMs: number | undefined;
}

/** Clocks that are kept by NTP do not differ by more, in milliseconds. */
export const agreedMs = 60_000;

/**
 * Reads the time of responses: `Date` (RFC 9110 section 6.6.1), to which `Age` (RFC 9111 section 5.1) is added.
 *
 * A response was kept by a cache when it says so (`Age`), or when it came before, with the same `Date`. A `Date` that is behind the
 * host's clock shows nothing of the kind: that clock is ahead.
 */
export class ServerTime {
  #first: { readonly date: string; readonly textHash: number; readonly at: Instant } | undefined;

  /** @param sentAt when the request of the response was sent */
  read({ headers, text }: Pick<HttpResponse, 'headers' | 'text'>, sentAt: Instant): ResponseClock {
    const date = headers.get('date') ?? '';
    const madeAtMs = httpDateMs(date);
    const statedAgeMs = secondsMs(headers.get('age'));
    if (madeAtMs === undefined) return { ageMs: statedAgeMs, serverNowMs: undefined };
    const textHash = hashOf(text);
    if (this.#first?.date !== date || this.#first.textHash !== textHash)
      this.#first = { date, textHash, at: sentAt };
    const { monotonicMs, wallMs } = this.#first.at;
    const ageMs = Math.max(statedAgeMs, sentAt.monotonicMs - monotonicMs, sentAt.wallMs - wallMs);
    return { ageMs, serverNowMs: madeAtMs + ageMs };
  }
}

/** By how much the host's clock is ahead of the server's, in milliseconds; `undefined` without a `Date`. */
export function hostAheadMs({ serverNowMs }: ResponseClock, sentAtWallMs: number): number | undefined {
  return serverNowMs === undefined ? undefined : sentAtWallMs - serverNowMs;
}

/** Says by how much the clocks differ, after a sentence of which they may be the reason; nothing when they agree. */
export function clockNote(aheadMs: number | undefined): string {
  if (aheadMs === undefined || Math.abs(aheadMs) <= agreedMs) return '';
  const seconds = Math.round(Math.abs(aheadMs) / 1_000);
  return `; this host's clock is ${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} the server's clock`;
}

/** Only dates of the form that HTTP prescribes: `Date.parse` reads far more, a bare `-5` among it. */
export function httpDateMs(text: string | null): number | undefined {
  if (text === null || !/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(text)) {
    return undefined;
  }
  const parsed = Date.parse(text);
  return Number.isNaN(parsed) ? undefined : parsed;
}

/** The text itself has a token in it, and would be kept for longer than that lives. */
function hashOf(text: string): number {
  let hash = 0;
  for (let index = 0; index < text.length; index++) hash = (Math.imul(hash, 31) + text.charCodeAt(index)) | 0;
  return hash;
}

function secondsMs(text: string | null): number {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) * 1_000 : 0;
}
