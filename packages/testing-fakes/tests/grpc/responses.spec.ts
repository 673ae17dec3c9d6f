import { expect, it, vi } from 'vitest';
import type { ServerHttp2Stream } from 'node:http2';
import { endWithHttp, statusTrailers } from '../../src/grpc/responses.ts';

function recorded() {
  const stream = { respond: vi.fn(), end: vi.fn(), resume: vi.fn(), on: vi.fn(), sendTrailers: vi.fn() };
  return { ...stream, stream: stream as unknown as ServerHttp2Stream };
}

it('the text of a status is encoded: blanks at its ends, percent signs, and what is no visible ASCII', () => {
  expect(statusTrailers({ status: 'UNKNOWN', message: '  a ü%\n~  ' })).toEqual({
    'grpc-status': 2,
    'grpc-message': '%20%20a %C3%BC%25%0A~%20%20',
  });
  expect(statusTrailers({ status: 'OK' })).toEqual({ 'grpc-status': 0 });
});

it.each([
  ['a page', false],
  [undefined, true],
])('a response without gRPC has the body %j, and reads the request to its end', (body, endStream) => {
  const { stream, respond, end, resume } = recorded();
  endWithHttp(stream, { headers: { ':status': 401 }, body });
  expect(respond.mock.calls).toEqual([[{ ':status': 401 }, { sendDate: false, endStream }]]);
  expect(end.mock.calls).toEqual(body === undefined ? [] : [[body]]);
  expect(resume).toHaveBeenCalledOnce();
});
