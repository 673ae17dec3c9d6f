import { CredentialsNotFoundError } from '@worker-auth/secret-store';
import { TokenManagerError } from '@worker-auth/token-manager';
import { describe, expect, it } from 'vitest';
import {
  AuthenticationError,
  ConfigurationError,
  ConnectivityError,
  StoppedError,
  TemporalAuthErrorCode,
} from '../../src/errors/temporal-auth-error.ts';
import { type ErrorContext, translate } from '../../src/errors/translate.ts';

const target = { address: 'temporal:7233', namespace: 'extraction', authEnabled: true };
const token = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJl';
const aboutToken: ErrorContext = { tokens: [token] };
const aboutTemporal: ErrorContext = { tokens: [token], target };

function translated(error: unknown, scene: ErrorContext = aboutTemporal): Error {
  return translate(error, scene) as Error;
}

/** As grpc-js makes them, wrapped as Temporal's client does. */
function grpcError(code: number, details: string): Error {
  const cause = Object.assign(new Error(`${code}: ${details}`), {
    code,
    details,
    metadata: { secret: 'canary' },
  });
  return new Error('Failed to connect to Temporal server', { cause });
}

function typed(kind: string, details: object = {}): Error {
  return Object.assign(new Error('what to do'), { kind, code: 'SOME_CODE', retryable: true, ...details });
}

describe('translate, for what Temporal said,', () => {
  it.each([7, 16])('takes gRPC status %i for a rejection of the token', (code) => {
    const error = translated(grpcError(code, 'No.'));
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(error).toMatchObject({
      code: TemporalAuthErrorCode.callRejected,
      kind: 'authentication',
      retryable: false,
    });
    expect(error.message).toContain('holds the permission "extraction:write"');
  });

  it.each([
    ['Request unauthorized.', /The reason is in the server's log\.$/],
    ['Jwt is expired', /something before Temporal, an ingress for example: the reason is in its log\.$/],
  ])('says where the reason of a rejection stands: "%s"', (details, where) => {
    expect(translated(grpcError(7, details)).message).toMatch(where);
  });

  it('takes a rejection for a missing permission once Temporal has taken the token', () => {
    const error = translated(grpcError(7, 'No.'), { ...aboutTemporal, isGreeted: true });
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(error).toMatchObject({
      code: TemporalAuthErrorCode.permissionMissing,
      message:
        'Temporal at temporal:7233 accepts the token, and rejects the call for namespace "extraction": No. Have the permission ' +
        '"extraction:write" put into the token (role write, for a worker and for starting workflows), or set TEMPORAL_NAMESPACE.',
    });
  });

  it('believes a server that says of the token itself that it is rejected, though the greeting needed none', () => {
    const error = translated(grpcError(16, 'Jwt verification fails'), { ...aboutTemporal, isGreeted: true });
    expect(error).toMatchObject({ code: TemporalAuthErrorCode.callRejected });
    expect(error.message).toContain('Check that the token is signed');
  });

  it('explains why a connection could not be made, and what may be mended', () => {
    const error = translated(new Error('tcp connect error: ConnectionRefused'));
    expect(error).toBeInstanceOf(ConnectivityError);
    expect(error).toMatchObject({ code: TemporalAuthErrorCode.temporalUnavailable, retryable: true });
    expect(error.message).toBe(
      'Cannot reach Temporal at temporal:7233 for namespace "extraction": nothing listens there, or it refuses connections (tcp connect ' +
        'error: ConnectionRefused). Check TEMPORAL_ADDRESS, and that the server is up.',
    );
  });

  it('takes a certificate that is not trusted for a matter of configuration', () => {
    const error = translated(new Error('InvalidCertificate(UnknownIssuer)'));
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error).toMatchObject({ code: TemporalAuthErrorCode.tlsFailed, retryable: false });
  });

  it('says that no token was sent when authentication is off', () => {
    const scene = { tokens: [], target: { ...target, authEnabled: false } };
    expect(translated(grpcError(7, 'No.'), scene).message).toContain(
      'Configure credentials (WORKER_AUTH_CLIENT_ID and the rest)',
    );
  });

  it.each([
    [false, true, ' The client certificate was rejected, and no token was sent. Have its authority trusted'],
    [false, undefined, ' No token was sent. Configure credentials (WORKER_AUTH_CLIENT_ID and the rest).'],
    [true, true, ' Check that the token is signed'],
  ])(
    'says what was rejected: with a token %s, with a certificate %s',
    (authEnabled, hasCertificate, advice) => {
      const scene = { tokens: [], target: { ...target, authEnabled, hasCertificate } };
      expect(translated(grpcError(7, 'No.'), scene).message).toContain(advice);
    },
  );

  it.each([
    'Failed to call GetSystemInfo: code: PermissionDenied, message: "Request unauthorized."',
    'grpc-status header missing, mapped from HTTP status code 401',
    'invalid compression flag: 60 while receiving response with status: 403 Forbidden',
    'Jwt is expired',
  ])('knows a rejection by its text, since native errors carry no code: %s', (message) => {
    expect(translated(new Error(message))).toBeInstanceOf(AuthenticationError);
  });

  it('gives what the server said, not the printout of the status that it comes in', () => {
    const message =
      'Namespace default was not found: Status { code: PermissionDenied, message: "Request unauthorized.", details: b"\\x08", metadata }';
    expect(translated(new Error(message)).message).toMatch(
      /^Temporal at temporal:7233 rejected the call for namespace "extraction": Request unauthorized\. Check that the token/,
    );
  });

  it('takes gRPC status 5 for a missing namespace', () => {
    const error = translated(grpcError(5, 'Namespace extraction is not found.'));
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error).toMatchObject({ code: TemporalAuthErrorCode.namespaceUnknown, kind: 'configuration' });
    expect(error.message).toBe(
      'Temporal at temporal:7233 has no namespace "extraction". Create it, or set TEMPORAL_NAMESPACE.',
    );
  });

  it('takes everything else for a server that cannot be reached', () => {
    const error = translated(grpcError(14, 'no healthy upstream'));
    expect(error).toBeInstanceOf(ConnectivityError);
    expect(error).toMatchObject({ code: TemporalAuthErrorCode.temporalUnavailable, retryable: true });
    expect(error.message).toMatch(
      /temporal:7233 for namespace "extraction": no healthy upstream\. Check TEMPORAL_ADDRESS, .* is up\.$/,
    );
  });

  it.each([3, 9, 11, 12])('sees no use in repeating what Temporal itself finds wrong: status %i', (code) => {
    const error = translated(grpcError(code, 'no such method'));
    expect(error).toMatchObject({ code: TemporalAuthErrorCode.temporalUnavailable, retryable: false });
  });

  it.each([
    ['status 4', grpcError(4, 'late')],
    ['status 13', grpcError(13, 'RST_STREAM')],
    ['no status', new Error('Failed to connect before the deadline')],
  ])('sees some in repeating the rest: %s', (_which, error) => {
    expect(translated(error)).toMatchObject({ retryable: true });
  });

  it.each([7, 14])(
    "attaches nothing of the SDK's error, which may hold the call's metadata (status %i)",
    (code) => {
      expect(translated(grpcError(code, 'gone')).cause).toBeUndefined();
    },
  );

  it.each([
    ['as it is', `rejected Bearer ${token}`],
    ['in capitals', `REJECTED BEARER ${token.toUpperCase()}`],
    ['cut off', `rejected ${token.slice(20, 40)}`],
    ['percent-encoded', `rejected ${encodeURIComponent(`Bearer ${token}`)}`],
  ])('shows no token that a server echoes %s', (_form, echo) => {
    for (const code of [7, 14]) {
      const { message } = translated(grpcError(code, echo));
      expect(message).toContain('[redacted]');
      expect(message.toLowerCase()).not.toContain(token.slice(20, 30).toLowerCase());
    }
  });

  it('lets no escape sequence and no line break of a server through', () => {
    const { message } = translated(
      grpcError(14, 'gone\u001b[2J\u001b]0;title\u0007\r\nINFO all is well\u202e'),
    );
    expect(message).not.toMatch(/\p{C}/u);
    expect(message).toContain('gone');
  });

  it('bounds what a server said', () => {
    expect(translated(grpcError(14, 'x '.repeat(5_000))).message.length).toBeLessThan(450);
  });

  it('knows the error of a call that the SDK has not wrapped', () => {
    expect(translated(grpcError(16, 'No.').cause)).toMatchObject({
      code: TemporalAuthErrorCode.callRejected,
    });
  });

  it('gives all that the server said, quotation marks included', () => {
    const message = String.raw`Status { code: PermissionDenied, message: "role \"write\" is missing", details: b"" }`;
    expect(translated(new Error(message)).message).toContain(
      String.raw`: role \"write\" is missing. Check that`,
    );
  });

  it("ends the server's last sentence once", () => {
    expect(translated(grpcError(14, 'v1.2 is down.')).message).toContain('"extraction": v1.2 is down. Check');
  });

  it('looks for an error of ours no deeper than eight causes', () => {
    const ownError = new ConnectivityError('no token', { code: TemporalAuthErrorCode.noValidToken });
    const wrapped = (depth: number): Error =>
      depth === 0 ? ownError : new Error(`level ${depth}`, { cause: wrapped(depth - 1) });
    expect(translated(wrapped(7))).toBe(ownError);
    expect(translated(wrapped(8))).not.toBe(ownError);
  });

  it('hands back an error of ours that came through the SDK', () => {
    const ownError = new ConnectivityError('no token', { code: TemporalAuthErrorCode.noValidToken });
    expect(translated(new Error('Unexpected error', { cause: ownError }))).toBe(ownError);
  });

  it('comes to an end when causes form a circle', () => {
    const error = new Error('round');
    error.cause = error;
    expect(translated(error)).toBeInstanceOf(ConnectivityError);
  });
});

describe('translate, for what came from below,', () => {
  it.each([
    ['configuration', ConfigurationError],
    ['connectivity', ConnectivityError],
    ['authentication', AuthenticationError],
    ['stopped', StoppedError],
  ])('gives a %s error its class and keeps kind, message, code and retryable', (kind, expected) => {
    for (const scene of [aboutToken, aboutTemporal]) {
      const error = translated(typed(kind), scene);
      expect(error).toBeInstanceOf(expected);
      expect(error).toMatchObject({ kind, message: 'what to do', code: 'SOME_CODE', retryable: true });
    }
  });

  it('keeps status, the time of the next attempt and the places looked at', () => {
    const searchedSources = [{ source: 'environment variables', found: 'nothing' }];
    const error = translated(
      typed('connectivity', { status: 503, retryInMs: 1_200, searchedSources }),
      aboutToken,
    );
    expect(error).toMatchObject({ status: 503, retryInMs: 1_200, searchedSources });
  });

  it('leaves out what the error below says in another shape', () => {
    const error = translated(
      typed('connectivity', { status: 'bad', retryInMs: '1', searchedSources: 'here' }),
      aboutToken,
    );
    expect(error).toMatchObject({ status: undefined, retryInMs: undefined, searchedSources: undefined });
  });

  it.each([
    ['no kind', { kind: undefined }],
    ['a kind that nobody knows', { kind: 'weather' }],
    ['a kind that every object knows', { kind: 'constructor' }],
    ['no code', { code: undefined }],
    ['a code that is no text', { code: 5 }],
    ['nothing about retries', { retryable: undefined }],
    ['retries in words', { retryable: 'yes' }],
  ])('takes an error with %s for a plain one of a source', (_what, details) => {
    expect(translated(typed('authentication', details), aboutToken)).toMatchObject({
      kind: 'connectivity',
      code: TemporalAuthErrorCode.credentialSourceFailed,
    });
  });

  it.each(['kind', 'code', 'retryable'])(
    'takes an error without %s for a plain one of a source',
    (missing) => {
      const error = typed('authentication');
      Reflect.deleteProperty(error, missing);
      expect(translated(error, aboutToken)).toMatchObject({
        code: TemporalAuthErrorCode.credentialSourceFailed,
      });
    },
  );

  it('takes an object that looks like an error for none', () => {
    const lookalike = {
      kind: 'authentication',
      code: 'X',
      retryable: true,
      name: 'AbortError',
      message: 'm',
    };
    expect(translated(lookalike, aboutToken)).toMatchObject({
      code: TemporalAuthErrorCode.credentialSourceFailed,
    });
  });

  it.each([
    [
      'secret store',
      new CredentialsNotFoundError('looked at\ntwo places', { code: 'CREDENTIALS_NOT_FOUND' }),
    ],
    ['token manager', new TokenManagerError('looked at\ntwo places', { code: 'TOKEN_CLIENT_REJECTED' })],
  ])('attaches the error of the %s, and keeps its lines', (_package, below) => {
    const error = translated(below, aboutToken);
    expect(error.message).toBe('looked at\ntwo places');
    expect(error.cause).toBe(below);
  });

  it('says where the token endpoint is set here, in place of the token manager', () => {
    const below = new TokenManagerError('give tokenEndpoint', { code: 'TOKEN_ENDPOINT_UNKNOWN' });
    expect(translated(below, aboutToken).message).toBe(
      'There is no token endpoint. Set WORKER_AUTH_TOKEN_URL (or the option tokenUrl), or atlan_auth_url in the secret.',
    );
  });

  it("attaches no error of a source of one's own, and scrubs what it says", () => {
    const source = Object.assign(typed('authentication'), { message: `Bearer ${token} rejected` });
    const error = translated(source, aboutToken);
    expect(error.cause).toBeUndefined();
    expect(error.message).toBe('[redacted]');
  });

  it("gives the plain error of a source of one's own a type", () => {
    const error = translated(new Error(`vault sealed\n(${token})`), aboutToken);
    expect(error).toBeInstanceOf(ConnectivityError);
    expect(error).toMatchObject({ code: TemporalAuthErrorCode.credentialSourceFailed, retryable: true });
    expect(error.message).not.toContain(token);
    expect(error.cause).toBeUndefined();
    expect(translated(new Error('vault sealed'), aboutToken).message).toContain(
      'source failed: vault sealed.',
    );
  });

  it('takes a failed fetch for the failure of a source, and not for a wrong argument', () => {
    const failed = new TypeError('fetch failed', { cause: new Error('ECONNREFUSED') });
    expect(translated(failed, aboutToken)).toBeInstanceOf(ConnectivityError);
  });

  it.each([new TypeError('wrong'), new RangeError('outside')])('leaves %s as it is', (error) => {
    expect(translated(error, aboutToken)).toBe(error);
    expect(translated(error, aboutTemporal)).toBe(error);
  });

  it("leaves the reason of the caller's signal as it is, whatever that is", () => {
    for (const reason of [new Error('the caller left'), 'a text', undefined]) {
      const { signal } = new AbortController();
      expect(translated(reason, { ...aboutTemporal, signal })).not.toBe(reason);
      const aborted = AbortSignal.abort(reason);
      expect(translated(aborted.reason, { ...aboutTemporal, signal: aborted })).toBe(aborted.reason);
    }
  });

  it('gives another error its type although the signal has aborted', () => {
    const signal = AbortSignal.abort(new Error('the caller left'));
    expect(translated(new Error('gone'), { ...aboutTemporal, signal })).toBeInstanceOf(ConnectivityError);
  });

  it('leaves an abort as it is when the signal is not known', () => {
    const reason: unknown = AbortSignal.abort().reason;
    expect(translated(reason, aboutTemporal)).toBe(reason);
  });

  it('gives something that is no error a type', () => {
    expect(translated('sealed', aboutToken).message).toContain('sealed');
    expect(translated(undefined, aboutTemporal)).toBeInstanceOf(ConnectivityError);
  });
});

describe('a rejection, where the token of the call is known', () => {
  const expired = `${Buffer.from('{}').toString('base64url')}.${Buffer.from('{"exp":1}').toString('base64url')}.s`;
  const sent = { token: expired, wasAccepted: true, nowMs: 5_000 };
  const rejected = (scene: Partial<ErrorContext>): Error =>
    translated(grpcError(7, 'Request unauthorized.'), { ...aboutTemporal, ...scene });

  it('can pass with another one when it has expired, and says what it says', () => {
    expect(rejected({ sent })).toMatchObject({
      retryable: true,
      message: expect.stringMatching(/It says: exp 1970.* It had expired here too/) as string,
    });
    expect(rejected({ sent: { ...sent, nowMs: 0 } })).toMatchObject({ retryable: false });
    expect(rejected({})).toMatchObject({ retryable: false });
  });

  it('is about the profile when that is its API key, of which nothing is shown', () => {
    const { message } = rejected({ sent, target: { ...target, isApiKey: true } });
    expect(message).toMatch(
      /API key of the Temporal profile was rejected: .* Put a new one into the profile/,
    );
    expect(message).not.toContain('It says');
  });
});
