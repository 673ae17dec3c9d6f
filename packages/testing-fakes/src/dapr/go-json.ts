/** What Go's `encoding/json` escapes beside what JSON demands, so that the text can stand in HTML. */
const escaped = /[<>&\u2028\u2029]/g;

/** JSON as daprd writes it: maps by the bytes of their keys. */
export function goMap(fields: Iterable<readonly [name: string, json: string]>): string {
  const members = [...fields].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return `{${members.map(([name, json]) => `${goJson(name)}:${json}`).join(',')}}`;
}

/** JSON as daprd writes it, in the order of the keys. */
export function goJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    escaped,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
