import { checkText } from '@worker-auth/internal';

const loneSurrogate = /\p{Cs}/u;

/** Whether a request can name it: an empty segment and dot segments would name another path (WHATWG URL standard). */
export function isPathSegment(text: string): boolean {
  return text !== '' && text !== '.' && text !== '..' && !loneSurrogate.test(text);
}

/** Whether Dapr's API can be asked for a secret of this name: it answers `bulk` with every secret of the store. */
export function isDaprSecretName(name: string): boolean {
  return isPathSegment(name) && name !== 'bulk';
}

/**
 * One segment of a path, encoded.
 *
 * @throws TypeError for a name that no segment can be
 */
export function pathSegment(text: string): string {
  checkText('A name in Dapr', text);
  if (!isPathSegment(text)) throw new TypeError(`A name in Dapr cannot be ${JSON.stringify(text)}`);
  return encodeURIComponent(text);
}
