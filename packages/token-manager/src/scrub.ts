const maxDescriptionLength = 256;

/** JWTs, and what follows an authentication scheme: secrets that this package need not know to recognise. */
const secretShapes = [/\beyJ[\w-]+(?:\.[\w-]*)*/g, /\b(?:basic|bearer)\s+[\w\-.~+/]+=*/gi];

/**
 * Text of a server, safe to show: `secrets` are blacked out in every form in which a server may echo them, so are JWTs
 * and `Authorization` values; control characters become spaces; at most 256 characters.
 */
export function scrub(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const form of secrets.flatMap(echoedForms)) clean = replaceAllIgnoringCase(clean, form);
  for (const shape of secretShapes) clean = clean.replaceAll(shape, '[redacted]');
  clean = clean.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
  return clean.length > maxDescriptionLength ? `${clean.slice(0, maxDescriptionLength - 1)}…` : clean;
}

/** Raw, percent-encoded, form-encoded, base64 and escaped for JSON, the longest first. */
function echoedForms(secret: string): readonly string[] {
  if (secret === '') return [];
  const bytes = Buffer.from(secret, 'utf8');
  const forms = [
    secret,
    encodeURIComponent(secret),
    new URLSearchParams({ '': secret }).toString().slice(1),
    JSON.stringify(secret).slice(1, -1),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
    bytes.toString('hex'),
  ];
  return [...new Set(forms)].sort((a, b) => b.length - a.length);
}

function replaceAllIgnoringCase(text: string, part: string): string {
  const literal = part.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
  return text.replaceAll(new RegExp(literal, 'gi'), '[redacted]');
}
