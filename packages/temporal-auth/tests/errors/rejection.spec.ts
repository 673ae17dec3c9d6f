import { Metadata } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import {
  type CallFailure,
  callFailure,
  isAboutReach,
  isClosedConnection,
  isHeldByWorkers,
  isOfProxy,
  isPlaceTaken,
  isRejection,
  isTransportError,
  mayPass,
  serverText,
} from '../../src/errors/rejection.ts';

describe('callFailure', () => {
  it('knows no more of what is no error', () => {
    expect(callFailure('sealed')).toEqual({ grpcStatus: undefined, text: 'unknown error' });
    expect(callFailure(undefined)).toEqual({ grpcStatus: undefined, text: 'unknown error' });
  });

  it('takes nothing for an error of gRPC that is not one whole', () => {
    const parts = { code: 5, details: 'gone', metadata: {} };
    expect(callFailure(parts).text).toBe('unknown error');
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

/** What a native connection says that was rejected while it was opened. */
function whileConnecting(code: string, text: string): CallFailure {
  return { grpcStatus: undefined, text: `Failed to call GetSystemInfo: code: '${code}', message: "${text}"` };
}

const unauthenticated = 'The request does not have valid authentication credentials';

/** Each as Envoy 1.40 said it to `@temporalio/worker` and `@temporalio/client` 1.24. */
describe('isRejection, of a forward proxy', () => {
  it.each(['401 Unauthorized', '403 Forbidden', '407 Proxy Authentication Required'])(
    'is false when that opens no tunnel: %s',
    (status) => {
      const text = `tonic::transport::Error(Transport, ConnectError(CONNECT call failed with status: ${status}`;
      expect(isRejection({ grpcStatus: undefined, text })).toBe(false);
    },
  );
});

describe('isRejection, of what Envoy says', () => {
  it.each([
    'Jwt is missing',
    'Jwt is expired',
    'Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections',
    'Jwt header is an invalid Base64url encoded',
    "Jwks doesn't have key to match kid or alg from Jwt",
  ])('is true, by either connection and while one is opened: %s', (text) => {
    expect(isRejection({ grpcStatus: 16, text })).toBe(true);
    expect(isRejection(whileConnecting(unauthenticated, text))).toBe(true);
  });

  it('is true of a token for another audience', () => {
    const text = 'Audiences in Jwt are not allowed';
    const denied = 'The caller does not have permission to execute the specified operation';
    expect(isRejection({ grpcStatus: 7, text })).toBe(true);
    expect(isRejection(whileConnecting(denied, text))).toBe(true);
  });

  it('is false when it has no keys to check a token with', () => {
    const text = 'Jwks remote fetch is failed';
    expect(isRejection({ grpcStatus: 16, text })).toBe(false);
    expect(isRejection(whileConnecting(unauthenticated, text))).toBe(false);
  });

  it.each([
    'no healthy upstream',
    'upstream connect error or disconnect/reset before headers. reset reason: remote connection failure',
    'tcp connect error',
  ])('is false when it, or what is behind it, is away: %s', (text) => {
    expect(isRejection({ grpcStatus: 14, text })).toBe(false);
    expect(isRejection(whileConnecting('The service is currently unavailable', text))).toBe(false);
  });
});

describe('serverText', () => {
  it.each([
    ['as it is', 'gone', 'gone'],
    ['with an empty message', 'Status { message: "", x }', 'Status { message: "", x }'],
    ['up to the end of its message', 'Status { message: "a b", details: "c" }', 'a b'],
  ])('gives a text %s', (_how, text, expected) => {
    expect(serverText({ grpcStatus: undefined, text })).toBe(expected);
  });
});

describe('isTransportError', () => {
  it.each([
    [true, Object.assign(new Error('gone'), { name: 'TransportError' })],
    [false, new Error('gone')],
    [false, { name: 'TransportError' }],
    [false, undefined],
  ])('is %s of %o', (expected, error) => {
    expect(isTransportError(error)).toBe(expected);
  });
});

describe('isHeldByWorkers', () => {
  it.each([
    [true, new Error('Cannot close connection while Workers hold a reference to it')],
    [false, new Error('gone')],
    [false, { message: 'Workers hold a reference' }],
    [false, undefined],
  ])('is %s of %o', (expected, error) => {
    expect(isHeldByWorkers(error)).toBe(expected);
  });
});

describe('isPlaceTaken', () => {
  it.each([
    [true, new Error('Failed to initialize worker: Registration of multiple workers with overlapping …')],
    [false, new Error('gone')],
    [false, 'Registration of multiple workers'],
  ])('is %s of %o', (expected, error) => {
    expect(isPlaceTaken(error)).toBe(expected);
  });
});

describe('isOfProxy', () => {
  it.each([
    [true, 'grpc-status header missing, mapped from HTTP status code 401'],
    [true, 'Jwt is expired'],
    [false, 'Request unauthorized.'],
  ])('is %s of "%s"', (expected, text) => {
    expect(isOfProxy({ grpcStatus: 7, text })).toBe(expected);
  });
});

describe('a status of gRPC', () => {
  const failure = (grpcStatus: number | undefined): CallFailure => ({ grpcStatus, text: 'no' });

  it('is a rejection by PERMISSION_DENIED and UNAUTHENTICATED alone, whatever is said', () => {
    const rejecting = [undefined, 5, 7, 14, 16].filter((code) => isRejection(failure(code)));
    expect(rejecting).toEqual([7, 16]);
  });

  it('may pass unless the server has looked at the call', () => {
    const passing = [undefined, 3, 4, 9, 11, 12, 13, 14].filter((code) => mayPass(failure(code)));
    expect(passing).toEqual([undefined, 4, 13, 14]);
  });

  it('is about the way to the server, or not', () => {
    const about = [undefined, 2, 4, 5, 7, 8, 13, 14, 16].filter((code) => isAboutReach(failure(code)));
    expect(about).toEqual([4, 7, 8, 13, 14, 16]);
  });
});

describe('isClosedConnection', () => {
  const error = (name: string, message: string): Error => Object.assign(new Error(message), { name });

  it.each([
    [true, error('IllegalStateError', 'Client already closed')],
    [false, error('IllegalStateError', 'Not running')],
    [false, error('TransportError', 'Client already closed')],
    [false, { name: 'IllegalStateError', message: 'Client already closed' }],
    [false, undefined],
  ])('is %s of %o', (expected, value) => {
    expect(isClosedConnection(value)).toBe(expected);
  });
});
