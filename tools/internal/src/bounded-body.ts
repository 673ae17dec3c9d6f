import { abortable, handled } from './abortable.ts';

/** Takes a byte order mark away; a character that a cut went through becomes U+FFFD. */
const decoder = new TextDecoder();

/** A body, as far as it was read. */
export interface BoundedBody {
  /** UTF-8 without a byte order mark; what is not UTF-8 becomes U+FFFD. */
  readonly text: string;
  /** Whether the body was longer, so that the text ends in the middle. */
  readonly isCut: boolean;
}

/** The part of a `Response` that is read here. */
export interface BodyHolder {
  readonly body: ReadableStream<Uint8Array> | null;
}

/**
 * Reads at most `maxBytes` bytes of a body and cancels the stream behind them, and with it the connection. What a cut body is good
 * for, the caller decides: an error answer is one all the same.
 *
 * @param signal cancels the stream too
 * @throws what the stream throws; the signal's reason
 */
export async function readBounded(
  response: BodyHolder,
  maxBytes: number,
  signal?: AbortSignal,
): Promise<BoundedBody> {
  if (response.body === null) return { text: '', isCut: false };
  const reader = response.body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  let isWhole = false;
  try {
    while (size <= maxBytes) {
      const { done, value } = await abortable(reader.read(), signal);
      isWhole = done;
      if (done) break;
      size += value.byteLength;
      chunks.push(value);
    }
  } finally {
    // Nobody waits for it: one that was cloned counts as cancelled only when its twin is too.
    if (!isWhole) void handled(reader.cancel());
  }
  const bytes = Buffer.concat(chunks).subarray(0, maxBytes);
  return { text: decoder.decode(bytes), isCut: size > maxBytes };
}
