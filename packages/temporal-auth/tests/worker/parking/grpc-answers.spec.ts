import type { ServerHttp2Stream } from 'node:http2';
import { describe, it } from 'vitest';
import { endWithMessage, endWithStatus } from '../../../src/worker/parking/grpc-answers.ts';

describe.each([
  { closed: true, destroyed: false },
  { closed: false, destroyed: true },
])('a call whose caller has left, with %o', (left) => {
  // Whatever else was asked of it would throw.
  const stream = left as unknown as ServerHttp2Stream;

  it('is not answered with a message', () => {
    endWithMessage(stream, Uint8Array.of(1));
  });

  it('is not answered with a status', () => {
    endWithStatus(stream, 14, 'later');
  });
});
