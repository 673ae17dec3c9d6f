import { describe, expect, it } from 'vitest';
import {
  AuthenticationError,
  ConfigurationError,
  ConnectivityError,
  TemporalAuthErrorCode,
} from '../src/errors.ts';
import { temporalError } from '../src/temporal-errors.ts';

const target = { address: 'temporal:7233', namespace: 'extraction', authEnabled: true };

/** As grpc-js makes them, wrapped as Temporal's client does. */
function grpcError(code: number, details: string): Error {
  const cause = Object.assign(new Error(`${code}: ${details}`), {
    code,
    details,
    metadata: { secret: 'canary' },
  });
  return new Error('Failed to connect to Temporal server', { cause });
}

describe('temporalError', () => {
  it.each([7, 16])('takes gRPC status %i for a refusal of the token', (code) => {
    const error = temporalError(grpcError(code, 'Request unauthorized.'), target);
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(error.code).toBe(TemporalAuthErrorCode.tokenRefused);
    expect(error.message).toContain('holds the permission "extraction:write"');
  });

  it('says that no token was sent when authentication is off', () => {
    const error = temporalError(grpcError(7, 'Request unauthorized.'), { ...target, authEnabled: false });
    expect(error.message).toContain('set ATLAN_WORKFLOW_AUTH_ENABLED=true');
  });

  it.each([
    'Failed to call GetSystemInfo: code: PermissionDenied, message: "Request unauthorized."',
    'grpc-status header missing, mapped from HTTP status code 401',
    'Jwt is expired',
  ])('knows a refusal by its text, since native errors carry no code: %s', (message) => {
    expect(temporalError(new Error(message), target)).toBeInstanceOf(AuthenticationError);
  });

  it('gives what the server said, not the printout of the status that it comes in', () => {
    const message =
      'Namespace default was not found: Status { code: PermissionDenied, message: "Request unauthorized.", details: b"\\x08", metadata }';
    expect(temporalError(new Error(message), target).message).toMatch(
      /^Temporal at temporal:7233 refused the call for namespace "extraction": Request unauthorized\. The token/,
    );
  });

  it('takes gRPC status 5 for a missing namespace', () => {
    const error = temporalError(grpcError(5, 'Namespace extraction is not found.'), target);
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error.message).toBe(
      'Temporal at temporal:7233 has no namespace "extraction". Create it, or set ATLAN_WORKFLOW_NAMESPACE.',
    );
  });

  it('takes everything else for a server that cannot be reached', () => {
    const error = temporalError(grpcError(14, 'connect ECONNREFUSED'), target);
    expect(error).toBeInstanceOf(ConnectivityError);
    expect(error).toMatchObject({ code: TemporalAuthErrorCode.temporalUnavailable, retryable: true });
    expect(error.message).toContain('temporal:7233: connect ECONNREFUSED. Check ATLAN_WORKFLOW_HOST');
  });

  it("attaches nothing of the SDK's error, which may hold the call's metadata", () => {
    const error = temporalError(grpcError(14, 'gone'), target);
    expect(error.cause).toBeUndefined();
  });

  it('hands back an error of ours that came through the SDK', () => {
    const own = new ConnectivityError('no token', { code: TemporalAuthErrorCode.noValidToken });
    expect(temporalError(new Error('Unexpected error', { cause: own }), target)).toBe(own);
  });
});
