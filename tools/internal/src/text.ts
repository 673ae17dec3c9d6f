import { normalForms } from './normal-forms.ts';

/** What stands in place of a secret, and of a whole text that holds a part of one. */
export const redacted = '[redacted]';

const defaultMaxLength = 256;

/** Work is bounded before it starts: what lies behind is not shown in any case. */
const maxInputLength = 4_096;

/** So many characters of a secret in a row are a leak. Of a shorter secret, all of it. */
const runLength = 8;

/** A JWT: its header and its payload are JSON objects, which begin with `eyJ` in base64url. */
const jwtShape = /\beyJ[\w-]+(?:\.[\w-]*)*/g;

/** What follows an authentication scheme, in a header that is echoed. */
const authorizationShape = /\b(basic|bearer)\s+(?!\[redacted\])[\w\-.~+/]+=*/gi;

/** Settings of {@link sanitize}. */
export interface SanitizeOptions {
  /** Everything that must not be shown: secrets, assertions, valid tokens. Empty ones are ignored. Default none. */
  readonly secrets?: readonly string[];
  /** The longest that the result may be, in characters. Default 256. */
  readonly maxLength?: number;
}

/**
 * Text of a server, fit for a message or a log: one line of visible characters, bounded.
 *
 * When eight characters in a row of a secret are in it (of a shorter secret, all of it), the *whole* text is replaced by `[redacted]`,
 * whatever their case, escapes and encoding. What is left of a text with a hole says where to look. JWTs and the values of `Basic` and `Bearer` are blotted out
 * without being known.
 *
 * Never throws, whatever the text is.
 */
export function sanitize(
  text: string,
  { secrets = [], maxLength = defaultMaxLength }: SanitizeOptions = {},
): string {
  const bounded = text.slice(0, maxInputLength);
  const known = secrets.filter((secret) => secret !== '');
  const minLength = Math.min(runLength, ...known.map((secret) => secret.length));
  const forms = normalForms(bounded, minLength);
  if (forms === undefined || holdsSecret(forms, known)) return redacted;
  const line = bounded.replaceAll(/[\p{C}\p{Z}\s]+/gu, ' ').trim();
  if (hidesShape(forms, `${line}\n${bounded.replaceAll(/\s+/g, '')}`)) return redacted;
  const clean = line
    .replaceAll(authorizationShape, (_all, scheme: string) => `${scheme} ${redacted}`)
    .replaceAll(jwtShape, redacted);
  if (clean.length <= maxLength) return clean;
  return `${clean.slice(0, Math.max(0, maxLength - 1)).replace(/\p{Cs}$/u, '')}…`;
}

/** How text and secrets are compared: as they are, without what separates, and by their letters and digits alone. */
const folds: readonly ((text: string) => string)[] = [
  ignoreCase,
  (text) =>
    ignoreCase(text.normalize('NFKC')).replaceAll(
      /[\p{C}\p{Z}\s\p{Default_Ignorable_Code_Point}\uFFFD]+/gu,
      '',
    ),
  (text) => ignoreCase(text.normalize('NFKC')).replaceAll(/[^\p{L}\p{N}]+/gu, ''),
];

/** By way of upper case, which makes `SS` of a sharp s. */
function ignoreCase(text: string): string {
  return text.toUpperCase().toLowerCase();
}

/** What of a secret must not be in a text, by one fold. */
interface Traces {
  /** Of its runs, in ascending order: the runs themselves would take megabytes. */
  readonly hashes: Uint32Array;
  /** Too short to have a run. */
  readonly short: readonly string[];
}

/** A table takes longer than all the rest. This many tokens can be alive, with the secrets beside them. */
const maxTables = 64;
const tables = new Map<string, readonly Traces[]>();

function tracesOf(secret: string): readonly Traces[] {
  const traces = tables.get(secret) ?? createTraces(withEncodings(secret));
  tables.delete(secret);
  tables.set(secret, traces);
  const [oldest] = tables.keys();
  if (tables.size > maxTables && oldest !== undefined) tables.delete(oldest);
  return traces;
}

function createTraces(wanted: readonly string[]): readonly Traces[] {
  return folds.map((fold, index) => {
    const parts = wanted.map(fold);
    return {
      hashes: Uint32Array.from(parts.flatMap(runHashes)).sort(),
      // What is left of a secret full of signs could be two letters, which every text has.
      short: index < 2 ? parts.filter((part) => part !== '' && part.length < runLength) : [],
    };
  });
}

function withEncodings(secret: string): readonly string[] {
  return [secret, ...encodings(secret)];
}

function holdsSecret(forms: readonly string[], secrets: readonly string[]): boolean {
  if (secrets.length === 0) return false;
  const all = secrets.map((secret) => ({ secret, traces: tracesOf(secret) }));
  return folds.some((fold, index) => {
    const texts = [...new Set(forms.map(fold))].map((text) => ({ text, hashes: runHashes(text) }));
    return all.some(({ secret, traces }) => {
      const { hashes: ofSecret = new Uint32Array(), short = [] } = traces[index] ?? {};
      return texts.some(
        ({ text, hashes }) =>
          short.some((part) => text.includes(part)) ||
          hashes.some((hash, start) => {
            if (!isAmong(ofSecret, hash)) return false;
            const run = text.slice(start, start + runLength);
            return withEncodings(secret).some((wanted) => fold(wanted).includes(run));
          }),
      );
    });
  });
}

/** A hash (FNV-1a) of every run of {@link runLength} characters. */
function runHashes(text: string): number[] {
  const count = Math.max(0, text.length - runLength + 1);
  return Array.from({ length: count }, (_unused, start) => {
    let hash = 0x811c9dc5;
    for (let at = start; at < start + runLength; at++)
      hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
    return hash >>> 0;
  });
}

/** By bisection. */
function isAmong(sorted: Uint32Array, wanted: number): boolean {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) < wanted) low = middle + 1;
    else high = middle;
  }
  return sorted[low] === wanted;
}

/**
 * Base64 at the three alignments that a secret can have in it, without the characters that it shares with its neighbours, and
 * hexadecimal. Decoding the text finds these too, but needs more of them.
 */
function encodings(secret: string): readonly string[] {
  const base64 = [0, 1, 2].map((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(secret, 'utf8')]);
    const whole = Math.floor((bytes.length * 4) / 3);
    return bytes.toString('base64').slice(before === 0 ? 0 : before + 1, whole);
  });
  const long = base64.filter((text) => text.length >= 4);
  const url = long.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'));
  return [...new Set([...long, ...url, Buffer.from(secret, 'utf8').toString('hex')])];
}

/** Whether a JWT or an authorization shows in a decoded form alone, so that it could not be blotted out of the text. */
function hidesShape(forms: readonly string[], shown: string): boolean {
  return forms.some((form) =>
    [jwtShape, authorizationShape].some((shape) =>
      (form.match(shape) ?? []).some((found) => found.length > runLength + 4 && !shown.includes(found)),
    ),
  );
}

/** What somebody put into a name must not steer a terminal. */
export function visible(text: string): string {
  return text.replaceAll(/[^\P{C}\n]/gu, '?');
}
