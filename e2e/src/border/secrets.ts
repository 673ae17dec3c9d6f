/** Finds a secret in a text, in the forms in which servers repeat what they got. */

/** So many characters in a row give it away. */
const seenLength = 12;

/** Whether a text shows a part of a secret, as it is or in an encoding. */
export function showsSecret(text: string, secrets: readonly string[]): boolean {
  const readings = [...readingsOf(text)];
  return secrets.some((secret) => {
    // The first part of a JWT says nothing that is secret.
    const [, ...rest] = secret.split('.');
    const hidden = rest.at(-1) ?? secret;
    for (let at = 0; at + seenLength <= hidden.length; at += seenLength) {
      const part = hidden.slice(at, at + seenLength);
      if (readings.some((reading) => reading.includes(part))) return true;
    }
    return false;
  });
}

/** Encodings that one can undo by hand. */
function* readingsOf(text: string): Iterable<string> {
  yield text;
  yield text.replaceAll(/%([\da-f]{2})/gi, (_all, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  yield text.replaceAll(/\\u00([\da-f]{2})/gi, (_all, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  for (const [run] of text.matchAll(/[\w+/=-]{16,}/g)) {
    yield Buffer.from(run, 'base64').toString('latin1');
    yield Buffer.from(run, 'hex').toString('latin1');
    yield Array.from(run).reverse().join('');
  }
}
