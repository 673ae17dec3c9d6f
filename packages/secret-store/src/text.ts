/**
 * Text of a server, fit for an error message: one line of visible characters, `secrets` blotted out, cut to
 * `maxLength` characters (default 300).
 */
export function printable(text: string, secrets: readonly string[] = [], maxLength = 300): string {
  let clean = text;
  for (const secret of secrets) {
    if (secret !== '') clean = clean.replaceAll(secret, '[redacted]');
  }
  clean = clean.replaceAll(/[\p{C}\s]+/gu, ' ').trim();
  return clean.length > maxLength ? `${clean.slice(0, maxLength)}…` : clean;
}
