import { Metadata } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import {
  type CallFailure,
  callFailure,
  isAboutReach,
  isClosedConnection,
  isHeldByWorkers,
  isPlaceTaken,
  isRejection,
  isTransportError,
  mayPass,
} from '../../src/errors/rejection.ts';

describe('callFailure', () => {
  it('takes nothing for an error of gRPC that is not one whole', () => {
    const parts = { code: 5, details: 'gone', metadata: {} };
    for (const given of ['sealed', undefined, parts])
      expect(callFailure(given)).toEqual({ grpcStatus: undefined, text: 'unknown error' });
    for (const missing of [{ details: undefined }, { metadata: undefined }, { metadata: null }]) {
      const error = Object.assign(new Error('own'), parts, missing);
      expect(callFailure(error)).toEqual({ grpcStatus: undefined, text: 'own' });
    }
  });

  it.each([
    ['in the details of grpc-js', '5 NOT_FOUND: gone', 'gone', 'gone'],
    ['in the message of the native connection', 'gone', '', 'gone'],
    ['there too when it has bytes beside it', 'gone', '\b\u0005', 'gone'],
  ])('finds what the server said %s', (_where, message, details, text) => {
    const error = Object.assign(new Error(message), { code: 5, details, metadata: {} });
    expect(callFailure(error)).toEqual({ grpcStatus: 5, text });
  });

  it.each([
    ['Sat, 28 Nov 2026 11:04:44 GMT', { serverNowMs: Date.UTC(2026, 10, 28, 11, 4, 44) }],
    ['soon', {}],
  ])('knows the clock of a server that sends its date: %s', (date, known) => {
    const metadata = new Metadata();
    metadata.set('date', date);
    const error = Object.assign(new Error('gone'), { code: 16, details: 'gone', metadata });
    expect(callFailure(error)).toEqual({ grpcStatus: 16, text: 'gone', ...known });
  });
});

/** Each as Envoy 1.40 said it to `@temporalio/worker` and `@temporalio/client` 1.24. */
describe('isRejection', () => {
  const unauthenticated = 'The request does not have valid authentication credentials';
  const denied = 'The caller does not have permission to execute the specified operation';
  const away = 'The service is currently unavailable';

  it.each([
    [true, 16, unauthenticated, 'Jwt is missing'],
    [true, 16, unauthenticated, 'Jwt is expired'],
    [
      true,
      16,
      unauthenticated,
      'Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections',
    ],
    [true, 16, unauthenticated, 'Jwt header is an invalid Base64url encoded'],
    [true, 16, unauthenticated, "Jwks doesn't have key to match kid or alg from Jwt"],
    [true, 7, denied, 'Audiences in Jwt are not allowed'],
    [false, 16, unauthenticated, 'Jwks remote fetch is failed'],
    [false, 14, away, 'no healthy upstream'],
    [
      false,
      14,
      away,
      'upstream connect error or disconnect/reset before headers. reset reason: remote connection failure',
    ],
    [false, 14, away, 'tcp connect error'],
  ])('is %s, by either connection and while one is opened: %i %s: %s', (expected, grpcStatus, code, text) => {
    const whileConnecting = `Failed to call GetSystemInfo: code: '${code}', message: "${text}"`;
    expect(isRejection({ grpcStatus, text })).toBe(expected);
    expect(isRejection({ grpcStatus: undefined, text: whileConnecting })).toBe(expected);
  });

  it.each(['401 Unauthorized', '403 Forbidden', '407 Proxy Authentication Required'])(
    'is false when a forward proxy opens no tunnel: %s',
    (status) => {
      const text = `tonic::transport::Error(Transport, ConnectError(CONNECT call failed with status: ${status}`;
      expect(isRejection({ grpcStatus: undefined, text })).toBe(false);
    },
  );
});

const named = (name: string, message: string): Error => Object.assign(new Error(message), { name });
const closed = 'Client already closed';
const taken = 'Registration of multiple workers';

it.each<[(error: unknown) => boolean, Error, readonly unknown[]]>([
  [isTransportError, named('TransportError', 'gone'), [{ name: 'TransportError' }]],
  [
    isHeldByWorkers,
    new Error('Cannot close connection while Workers hold a reference to it'),
    [{ message: 'Workers hold a reference' }],
  ],
  [isPlaceTaken, new Error(`Failed to initialize worker: ${taken} with overlapping …`), [taken]],
  [
    isClosedConnection,
    named('IllegalStateError', closed),
    [
      named('IllegalStateError', 'Not running'),
      named('TransportError', closed),
      { name: 'IllegalStateError', message: closed },
    ],
  ],
])('%o is true of the error that says so, and of nothing like it', (is, error, others) => {
  expect(is(error)).toBe(true);
  for (const other of [...others, new Error('gone'), undefined]) expect(is(other)).toBe(false);
});

describe('a status of gRPC', () => {
  const statuses = [undefined, 2, 3, 4, 5, 7, 8, 9, 11, 12, 13, 14, 16];

  it.each<[string, (failure: CallFailure) => boolean, readonly unknown[]]>([
    ['is a rejection by PERMISSION_DENIED and UNAUTHENTICATED alone, whatever is said', isRejection, [7, 16]],
    ['may pass unless the server has looked at the call', mayPass, [undefined, 2, 4, 5, 7, 8, 13, 14, 16]],
    ['is about the way to the server, or not', isAboutReach, [4, 7, 8, 13, 14, 16]],
  ])('%s', (_what, is, expected) => {
    expect(statuses.filter((grpcStatus) => is({ grpcStatus, text: 'no' }))).toEqual(expected);
  });
});
