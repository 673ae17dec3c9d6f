/** What of the headers and trailers of a call passes the proxy: the metadata of users, both ways, and no token back. */
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http2';
import { redacted, sanitize } from '@worker-auth/internal/network';

/** They are for one connection (RFC 9113 section 8.2.2), or name the server, as `:authority` does. */
const ofOneConnection = new Set([
  ...['connection', 'host', 'http2-settings', 'keep-alive', 'proxy-connection', 'transfer-encoding'],
  'upgrade',
]);

/** RFC 9110 section 5.1, in lower case (RFC 9113 section 8.2.1), and the pseudo-header fields. */
const fieldName = /^:?[!#$%&'*+.^_`|~0-9a-z-]+$/;

/** So many characters are looked at in one piece. */
const seenLength = 4_096;

/** In bytes, as HTTP/2 counts them (RFC 9113 section 6.5.2). */
export function sizeOf(fields: OutgoingHttpHeaders): number {
  let bytes = 0;
  for (const [name, value] of Object.entries(fields)) bytes += name.length + String(value).length + 32;
  return bytes;
}

/** Takes away what does not pass. In place: a copy for each call would cost too much. */
export function dropOwnFields(fields: OutgoingHttpHeaders): void {
  for (const name of Object.keys(fields))
    if (ofOneConnection.has(name) || !fieldName.test(name) || (name === 'te' && fields[name] !== 'trailers'))
      Reflect.deleteProperty(fields, name);
}

/** Takes away what does not pass to a caller: besides that each field in which a secret can be seen; where the call failed, also in any disguise. In place. */
export function fitForCaller(
  fields: IncomingHttpHeaders,
  secrets: readonly string[],
  hasFailed: boolean,
): void {
  dropOwnFields(fields);
  for (const [name, value] of Object.entries(fields)) {
    const text = String(value);
    const texts = [
      name,
      text,
      ...(name.endsWith('-bin') ? [Buffer.from(text, 'base64').toString('latin1')] : []),
    ];
    const isSeen = (each: string): boolean =>
      hasFailed ? reveals(each, secrets) : secrets.some((secret) => each.includes(secret));
    if (!texts.some(isSeen)) continue;
    if (name === 'grpc-message') fields[name] = redacted;
    else Reflect.deleteProperty(fields, name);
  }
}

/** Whether a secret can be seen in a text of the server. */
export function reveals(text: string, secrets: readonly string[]): boolean {
  for (let start = 0; start < text.length; start += seenLength / 2) {
    const part = text.slice(start, start + seenLength);
    if (sanitize(part, { secrets, maxLength: seenLength }) === redacted) return true;
  }
  return false;
}
