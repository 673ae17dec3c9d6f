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
  const off = { ...target, authEnabled: false };
  const greeted = { ...aboutTemporal, isGreeted: true };
  const native = 'code: PermissionDenied, message: "Request unauthorized.", details: b"\\x08", metadata }';
  const quoted = String.raw`Status { code: PermissionDenied, message: "role \"write\" is missing", details: b"" }`;
  const rejected = 'Temporal at temporal:7233 rejected the call for namespace "extraction": ';
  const unreachable = 'Cannot reach Temporal at temporal:7233 for namespace "extraction": ';
  const checkPlace = 'Check TEMPORAL_ADDRESS, and that the server is up.';
  const denied =
    'Temporal at temporal:7233 accepts the token, and rejects the call for namespace "extraction": No. Have the permission ' +
    '"extraction:write" put into the token (role write, for a worker and for starting workflows), or set TEMPORAL_NAMESPACE.';
  const noNamespace = 'has no namespace "extraction". Create it, or set TEMPORAL_NAMESPACE.';
  const notSent = 'No token was sent. Configure credentials (WORKER_AUTH_CLIENT_ID and the rest).';
  const certificate =
    'The client certificate was rejected, and no token was sent. Have its authority trusted';
  const ingress = 'something before Temporal, an ingress for example: the reason is in its log.';
  const noServer = `nothing listens there, or it refuses connections (tcp connect error: ConnectionRefused). ${checkPlace}`;

  it.each<[keyof typeof TemporalAuthErrorCode, Error, string, Partial<ErrorContext>?]>([
    ['callRejected', grpcError(7, 'No.'), `${rejected}No. Check that the token`],
    ['callRejected', grpcError(16, 'No.'), 'holds the permission "extraction:write"'],
    // Not wrapped by the SDK.
    ['callRejected', grpcError(16, 'No.').cause as Error, rejected],
    // Errors of the native connection have no status.
    [
      'callRejected',
      new Error(`was not found: Status { ${native}`),
      `${rejected}Request unauthorized. Check that the token`,
    ],
    ['callRejected', new Error(quoted), String.raw`: role \"write\" is missing. Check that the token`],
    ['callRejected', new Error('mapped from HTTP status code 401'), rejected],
    ['callRejected', new Error('invalid flag while receiving response with status: 403'), rejected],
    ['callRejected', grpcError(7, 'Jwt is expired'), ingress],
    ['callRejected', grpcError(7, 'Request unauthorized.'), "The reason is in the server's log."],
    ['callRejected', grpcError(7, 'No.'), notSent, { target: off }],
    ['callRejected', grpcError(7, 'No.'), certificate, { target: { ...off, hasCertificate: true } }],
    // The greeting needed no token.
    ['callRejected', grpcError(16, 'Jwt verification fails'), 'Check that the token is signed', greeted],
    ['permissionMissing', grpcError(7, 'No.'), denied, greeted],
    ['namespaceUnknown', grpcError(5, 'Namespace extraction is not found.'), noNamespace],
    ['tlsFailed', new Error('InvalidCertificate(UnknownIssuer)'), unreachable],
    ['temporalUnavailable', new Error('tcp connect error: ConnectionRefused'), unreachable + noServer],
    ['temporalUnavailable', grpcError(14, 'v1.2 is down.'), `${unreachable}v1.2 is down. ${checkPlace}`],
  ])('says %s of %o, and what to do', (code, given, message, context = {}) => {
    const error = translated(given, { ...aboutTemporal, ...context });
    const isConfiguration = ['namespaceUnknown', 'tlsFailed'].includes(code);
    const isUnavailable = code === 'temporalUnavailable';
    const ofService = isUnavailable ? ConnectivityError : AuthenticationError;
    expect(error).toBeInstanceOf(isConfiguration ? ConfigurationError : ofService);
    expect(error).toMatchObject({ code: TemporalAuthErrorCode[code], retryable: isUnavailable });
    expect(error.message).toContain(message);
    // It may hold the metadata of the call.
    expect(error).not.toHaveProperty('cause');
  });

  it.each([
    [false, grpcError(3, 'no such method')],
    [false, grpcError(9, 'no such method')],
    [false, grpcError(11, 'no such method')],
    [false, grpcError(12, 'no such method')],
    [true, grpcError(4, 'late')],
    [true, grpcError(13, 'RST_STREAM')],
    [true, new Error('Failed to connect before the deadline')],
  ])('sees use in a repetition (%s) unless Temporal itself finds the call wrong: %o', (retryable, error) => {
    expect(translated(error)).toMatchObject({ code: TemporalAuthErrorCode.temporalUnavailable, retryable });
  });

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

  it('bounds what a server said, and lets no escape sequence and no line break of it through', () => {
    const said = `gone\u001b[2J\u001b]0;title\u0007\r\nINFO all is well\u202e${'x '.repeat(5_000)}`;
    const { message } = translated(grpcError(14, said));
    expect(message).not.toMatch(/\p{C}/u);
    expect(message).toContain('gone');
    expect(message.length).toBeLessThan(450);
  });

  it('hands back an error of ours that came through the SDK, from no deeper than eight causes', () => {
    const ownError = new ConnectivityError('no token', { code: TemporalAuthErrorCode.noValidToken });
    const wrapped = (depth: number): Error =>
      depth === 0 ? ownError : new Error(`level ${depth}`, { cause: wrapped(depth - 1) });
    expect(translated(wrapped(1))).toBe(ownError);
    expect(translated(wrapped(7))).toBe(ownError);
    expect(translated(wrapped(8))).not.toBe(ownError);
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
    ['no kind', typed('authentication', { kind: undefined })],
    ['a kind that nobody knows', typed('weather')],
    ['a kind that every object knows', typed('constructor')],
    ['no code', typed('authentication', { code: undefined })],
    ['a code that is no text', typed('authentication', { code: 5 })],
    ['nothing about retries', typed('authentication', { retryable: undefined })],
    ['retries in words', typed('authentication', { retryable: 'yes' })],
    [
      'the fields of one that is none',
      { kind: 'authentication', code: 'X', retryable: true, name: 'AbortError', message: 'm' },
    ],
  ])('takes an error with %s for a plain one of a source', (_what, error) => {
    const code = TemporalAuthErrorCode.credentialSourceFailed;
    expect(translated(error, aboutToken)).toMatchObject({ kind: 'connectivity', code });
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
