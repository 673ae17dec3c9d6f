import { AssertionError } from 'node:assert';
import { randomBytes } from 'node:crypto';
import { text } from '../given/check-given.ts';
import { everythingShown } from './everything-shown.ts';

/** So many characters of a secret in a row are a leak. Of a shorter secret, all of it. */
const runLength = 8;

/**
 * A secret that stands nowhere else: give it to what is tested, and look for it with {@link assertNoLeak} in whatever comes out.
 * Letters, digits and signs that escapers change.
 *
 * @param name begins it, so that leaks can be distinguished. Default `planted`
 */
export function plantSecret(name = 'planted'): string {
  text('name', name);
  return `${name}-${randomBytes(12).toString('hex')}+/&"\\<=`;
}

/**
 * Looks for `secrets` in everything that a person or a log could see of `value`. It is inspected in each way, as JSON and text, and each text
 * that its own properties lead to, such as an error's `cause`. They are looked for raw, percent-encoded, escaped for JSON, in
 * base64 and hexadecimal; eight characters of it in a row are enough.
 *
 * @throws AssertionError of Node that names the encoding, and repeats no secret
 */
export function assertNoLeak(value: unknown, secrets: string | readonly string[]): void {
  const leak = findLeak([secrets].flat())(everythingShown(value));
  if (leak === undefined) return;
  throw new AssertionError({
    message: `Secret number ${leak.number} can be seen, ${leak.encoding}: what a log or a person gets to see must not hold any part of it`,
  });
}

/** Gives a function that looks for `secrets` in a text, and says which of them it found, counted from 1, in which encoding. */
export function findLeak(
  secrets: readonly string[],
  length = runLength,
): (text: string) => { readonly number: number; readonly encoding: string } | undefined {
  const wanted = secrets.flatMap((secret, index) =>
    encodingsOf(secret).map(({ encoding, encoded, charactersEach }) => ({
      number: index + 1,
      encoding,
      runs: runsOf(encoded.toLowerCase(), Math.floor(length * charactersEach)),
    })),
  );
  // A token has thousands of runs: to look each up at every place of a text is faster than to look through it for each.
  const owners = new Map(
    wanted.flatMap((one, index) => one.runs.map((run) => [run, index] as const)).toReversed(),
  );
  const lengths = new Set([...owners.keys()].map((run) => run.length));
  return (text) => {
    const shown = text.toLowerCase();
    let first = Infinity;
    for (const size of lengths) {
      for (let start = 0; start + size <= shown.length; start += 1) {
        first = Math.min(first, owners.get(shown.slice(start, start + size)) ?? Infinity);
      }
    }
    return wanted[first];
  };
}

interface Encoding {
  readonly encoding: string;
  readonly encoded: string;
  /** How many characters one of the secret takes, at least. */
  readonly charactersEach: number;
}

function encodingsOf(secret: string): readonly Encoding[] {
  text('A secret to look for', secret);
  if (secret === '') throw new TypeError('A secret to look for must not be empty');
  const bytes = Buffer.from(secret);
  const form = new URLSearchParams({ '': secret }).toString().slice(1);
  return [
    { encoding: 'as it is', encoded: secret, charactersEach: 1 },
    { encoding: 'percent-encoded', encoded: encodeURIComponent(secret), charactersEach: 1 },
    { encoding: 'form-encoded', encoded: form, charactersEach: 1 },
    { encoding: 'escaped for JSON', encoded: JSON.stringify(secret).slice(1, -1), charactersEach: 1 },
    ...(['base64', 'base64url'] as const).flatMap((name) =>
      base64Forms(bytes, name).map((encoded) => ({ encoding: `in ${name}`, encoded, charactersEach: 4 / 3 })),
    ),
    { encoding: 'in hexadecimal', encoded: bytes.toString('hex'), charactersEach: 2 },
  ];
}

/** In base64 a text looks different after each number of bytes (`id:secret`): the characters that stand for `bytes` alone. */
function base64Forms(bytes: Buffer, encoding: 'base64' | 'base64url'): readonly string[] {
  const whole = bytes.toString(encoding).replace(/=+$/, '');
  if (bytes.length < runLength) return [whole];
  const after = (before: number): string =>
    Buffer.concat([Buffer.alloc(before), bytes])
      .toString(encoding)
      .slice(Math.ceil((before * 4) / 3), Math.floor(((before + bytes.length) * 4) / 3));
  return [whole, after(1), after(2)];
}

function runsOf(encoded: string, length: number): readonly string[] {
  return Array.from({ length: Math.max(1, encoded.length - length + 1) }, (_unused, start) =>
    encoded.slice(start, start + length),
  );
}
