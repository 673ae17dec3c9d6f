import { createHash, timingSafeEqual } from 'node:crypto';

/** Whether a caller's `authorization` presents the secret: compared in constant time. */
export function bearerCheck(bearer: string): (authorization: string | undefined) => boolean {
  const expected = digest(`Bearer ${bearer}`);
  return (authorization = '') => timingSafeEqual(digest(authorization), expected);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
