import { callSafely, dateMs, decodeJwt } from '@worker-auth/internal';
import { sanitize } from '@worker-auth/internal/network';
import { CertificateError } from '@worker-auth/refresh-scheduler/certificate';
import { SecretStoreError } from '@worker-auth/secret-store';
import { TokenManagerError, TokenManagerErrorCode } from '@worker-auth/token-manager';
import { type CalledPlace, temporalAt } from './own-errors.ts';
import {
  type CallFailure,
  callFailure,
  grpcCode,
  isOfProxy,
  isRejection,
  mayPass,
  serverText,
} from './rejection.ts';
import {
  AuthenticationError,
  ConfigurationError,
  ConnectivityError,
  StoppedError,
  TemporalAuthError,
  TemporalAuthErrorCode as Code,
} from './temporal-auth-error.ts';
import { checkServer, connectionTrouble, saidOfConnection } from './unreachable.ts';

/** Chains of causes are short; one may be a circle. */
const maxDepth = 8;

const classOfKind = {
  configuration: ConfigurationError,
  connectivity: ConnectivityError,
  authentication: AuthenticationError,
  stopped: StoppedError,
} as const;

const ours = [TokenManagerError, SecretStoreError, CertificateError] as const;

/** In place of the token manager's own advice, whose options have other names here. */
const endpointUnknown =
  'There is no token endpoint. Set WORKER_AUTH_TOKEN_URL (or the option tokenUrl), or atlan_auth_url in the secret.';

/** The Temporal that was called, for messages. */
export interface TemporalTarget extends CalledPlace {
  /** Whether a token was sent. */
  readonly authEnabled: boolean;
  /** Whether that was the API key of a profile. */
  readonly isApiKey?: boolean | undefined;
  /** Whether a client certificate that rotates was presented. */
  readonly hasCertificate?: boolean | undefined;
}

/** The token of a call that was rejected, and what is known of it here. */
export interface SentToken {
  readonly token: string;
  /** The host's clock, in ms since the epoch. */
  readonly nowMs: number;
  /** Whether Temporal has accepted the token before. */
  readonly wasAccepted: boolean;
}

/** Where an error came up. */
export interface ErrorContext {
  /** What must not be shown. */
  readonly tokens: readonly string[];
  /** The caller's: its reason passes as it is. */
  readonly signal?: AbortSignal | undefined;
  /** The Temporal that was called; `undefined` when the error is about a token. */
  readonly target?: TemporalTarget | undefined;
  /** Whether Temporal has answered a call with the token that needs no permission: a rejection is about permissions then. */
  readonly isGreeted?: boolean | undefined;
  /** The source of the user's own that failed: its TypeErrors are not about arguments. Default a credential source, and any error. */
  readonly source?: 'credential source' | 'token source' | undefined;
  /** Whether that source has given something before. A TypeError of one that has not is its own fault, and no retry mends it. Default true. */
  readonly isProven?: boolean | undefined;
  /** The token of the call, where other calls with it are accepted: a rejection is about permissions then. */
  readonly lacking?: string | undefined;
  /** The token of the call, when that is known. */
  readonly sent?: SentToken | undefined;
}

/**
 * What a user of this package catches for whatever was thrown below it. Errors of this package, wrong arguments and the reason of the caller's
 * signal stay as they are. One that has a `kind`, a `code` and `retryable` gets the class of its kind. The rest is Temporal's, when that was
 * called, else a credential source's. Errors that may hold the request are not attached as causes.
 */
export function translate(error: unknown, context: ErrorContext): unknown {
  const { target, source, tokens, signal, isProven = true } = context;
  const translated = ownError(error);
  if (translated !== undefined) return translated;
  const isOfArgument = error instanceof TypeError || error instanceof RangeError;
  // A failed `fetch` is a TypeError as well, but has a cause.
  if (source === undefined && isOfArgument && error.cause === undefined) return error;
  const isLeft = signal?.aborted === true;
  if (isLeft && error === signal.reason) return error;
  // A source that ends a request of its own, which took too long, has failed.
  if ((isLeft || target !== undefined) && error instanceof Error && error.name === 'AbortError') return error;
  // It may have getters of somebody's.
  const known = callSafely(() => ofKind(error, tokens), undefined);
  if (known !== undefined) return known;
  if (target !== undefined) return callFailed(error, target, context);
  const code = source === 'token source' ? Code.tokenSourceFailed : Code.credentialSourceFailed;
  const failed = `The ${source ?? 'credential source'} failed: ${shown(messageOf(error), tokens)}.`;
  if (!isProven && isOfArgument && error.cause === undefined)
    return new ConfigurationError(`${failed} It threw a ${error.name}. Correct the source.`, { code });
  const message = `${failed} An error with kind, code and retryable would say what to do.`;
  return new ConnectivityError(message, { code, retryable: true });
}

/** An error of ours that came back through Temporal's SDK: the token of a call was waited for, and there was none. */
export function ownError(error: unknown): TemporalAuthError | undefined {
  let current = error;
  for (let depth = 0; current instanceof Error && depth < maxDepth; depth++) {
    if (current instanceof TemporalAuthError) return current;
    current = current.cause;
  }
  return undefined;
}

/** An error of the other packages, or of a user's own source, in the class of its kind; `undefined` where it does not say its kind. */
function ofKind(error: unknown, tokens: readonly string[]): TemporalAuthError | undefined {
  if (!(error instanceof Error)) return undefined;
  const { kind, code, retryable, status, retryInMs, searchedSources } = error as Partial<TemporalAuthError>;
  if (kind === undefined || !Object.hasOwn(classOfKind, kind)) return undefined;
  if (typeof code !== 'string' || typeof retryable !== 'boolean') return undefined;
  // Their messages are fit already, and some have several lines.
  const isOurs = ours.some((its) => error instanceof its);
  const advice = code === TokenManagerErrorCode.endpointUnknown ? endpointUnknown : undefined;
  return new classOfKind[kind](advice ?? (isOurs ? error.message : shown(messageOf(error), tokens)), {
    code,
    retryable,
    status: typeof status === 'number' ? status : undefined,
    retryInMs: typeof retryInMs === 'number' ? retryInMs : undefined,
    searchedSources: Array.isArray(searchedSources) ? searchedSources : undefined,
    cause: isOurs ? error : undefined,
  });
}

function callFailed(error: unknown, target: TemporalTarget, context: ErrorContext): TemporalAuthError {
  const failure = callFailure(error);
  const { namespace, authEnabled } = target;
  const details = shown(serverText(failure), context.tokens);
  if (failure.grpcStatus === grpcCode.notFound) {
    return new ConfigurationError(
      `${temporalAt(target)} has no namespace "${namespace}". Create it, or set TEMPORAL_NAMESPACE.`,
      { code: Code.namespaceUnknown },
    );
  }
  if (!isRejection(failure)) return unreachable(failure, target, context.tokens);
  // Something before Temporal may let the greeting through without a look at the token.
  const { lacking } = context;
  const isOfPermission = context.isGreeted === true && failure.grpcStatus !== grpcCode.unauthenticated;
  if (authEnabled && (isOfPermission || lacking !== undefined)) {
    const has = lacking === undefined ? '' : ` ${permissionsOf(lacking)}`;
    return new AuthenticationError(
      `${temporalAt(target)} accepts the token, and rejects the call for namespace "${namespace}": ${details}. Have the permission ` +
        `"${namespace}:write" put into the token (role write, for a worker and for starting workflows), or set TEMPORAL_NAMESPACE.${has}`,
      { code: Code.permissionMissing },
    );
  }
  const { sent } = context;
  const facts =
    sent === undefined || target.isApiKey === true ? '' : ` ${saidOfToken(sent, failure.serverNowMs)}`;
  return new AuthenticationError(
    `${temporalAt(target)} rejected the call for namespace "${namespace}": ${details}. ${adviceOn(failure, target)}${facts}`,
    // With an expired token, whatever the server says of it is not the last word.
    { code: Code.callRejected, retryable: sent !== undefined && isExpired(sent) },
  );
}

function adviceOn(failure: CallFailure, target: TemporalTarget): string {
  const { namespace, authEnabled, isApiKey = false, hasCertificate = false } = target;
  if (isApiKey)
    return (
      'The API key of the Temporal profile was rejected: it may have expired (those of Temporal Cloud live for two years at most), be deleted, or be of ' +
      'another namespace. Put a new one into the profile (TEMPORAL_API_KEY, or api_key in its file), which is read again with each rejection.'
    );
  if (!authEnabled && hasCertificate)
    return `The client certificate was rejected, and no token was sent. Have its authority trusted for the namespace "${namespace}", or configure credentials.`;
  if (!authEnabled) return 'No token was sent. Configure credentials (WORKER_AUTH_CLIENT_ID and the rest).';
  const reason = isOfProxy(failure)
    ? 'The answer is of something before Temporal, an ingress for example: the reason is in its log.'
    : "The reason is in the server's log.";
  return (
    `Check that the token is signed by a key that the server trusts, is not expired by the server's clock, is for its ` +
    `audience (set WORKER_AUTH_AUDIENCE), and holds the permission "${namespace}:write" (role write, for a worker). ${reason}`
  );
}

function unreachable(failure: CallFailure, target: TemporalTarget, tokens: readonly string[]) {
  const said = shown(saidOfConnection(failure.text), tokens);
  const trouble = connectionTrouble(failure.text);
  if (trouble === undefined && failure.grpcStatus === grpcCode.resourceExhausted && !/larger than/.test(said))
    return new ConnectivityError(
      `${temporalAt(target)} limits the calls for namespace "${target.namespace}": ${said}. Raise the limit, or lower the number of calls.`,
      { code: Code.temporalUnavailable, retryable: mayPass(failure) },
    );
  const isInternal = failure.grpcStatus === grpcCode.internal && !said.includes('RST_STREAM');
  if (trouble === undefined && isInternal)
    return new ConnectivityError(
      `${temporalAt(target)} answers, and failed with INTERNAL for namespace "${target.namespace}": ${said}. See the server's log.`,
      { code: Code.temporalUnavailable, retryable: mayPass(failure) },
    );
  const reason = trouble === undefined ? said : `${trouble.what} (${said})`;
  const advice = trouble?.advice ?? checkServer;
  const message = `Cannot reach ${temporalAt(target)} for namespace "${target.namespace}": ${reason}. ${advice}`;
  if (trouble?.kind === 'tls') return new ConfigurationError(message, { code: Code.tlsFailed });
  return new ConnectivityError(message, { code: Code.temporalUnavailable, retryable: mayPass(failure) });
}

export function isExpired({ token, nowMs }: SentToken): boolean {
  return (dateMs(decodeJwt(token)?.claims['exp']) ?? Infinity) <= nowMs;
}

/** What a token says of itself beside the clocks of this host and the server, as sentences for a message about a rejection. */
export function saidOfToken(sent: SentToken, serverNowMs?: number): string {
  const { token, nowMs, wasAccepted } = sent;
  const claims = decodeJwt(token)?.claims ?? {};
  const times = ['iat', 'nbf', 'exp'].flatMap((name) => {
    const ms = dateMs(claims[name]);
    return ms === undefined ? [] : [`${name} ${new Date(ms).toISOString()}`];
  });
  const names = ['aud', 'iss']
    .filter((name) => claims[name] !== undefined)
    .map((name) => `${name} ${shown(JSON.stringify(claims[name]), [token])}`);
  const facts = [...times, ...names].join(', ');
  const atServer =
    serverNowMs === undefined ? '' : `, and ${new Date(serverNowMs).toISOString()} at the server`;
  const says =
    facts === '' ? '' : `It says: ${facts}; it is ${new Date(nowMs).toISOString()} here${atServer}. `;
  if (isExpired(sent)) return `${says}It had expired here too: another one is requested.`;
  return `${says}Temporal has ${wasAccepted ? 'accepted it before' : 'not accepted it yet'}.`;
}

/** The claims of a token that say what it permits, as a sentence. */
function permissionsOf(token: string): string {
  const { claims } = decodeJwt(token) ?? {};
  if (claims === undefined) return 'It is no JWT.';
  const has = ['sub', 'permissions', 'scope', 'scp', 'roles']
    .filter((name) => claims[name] !== undefined)
    .map((name) => `${name} ${shown(JSON.stringify(claims[name]), [token])}`);
  return `It has ${has.length === 0 ? 'no permissions' : has.join(', ')}.`;
}

/** Text of others, fit to be shown. */
export function shown(text: string, tokens: readonly string[]): string {
  return sanitize(text, { secrets: tokens, maxLength: 200 }).replace(/\.$/, '');
}

/** Also of what has no text, or one that is none: some libraries copy the body of a response into their errors. */
export function messageOf(error: unknown): string {
  return callSafely(() => String(error instanceof Error ? error.message : error), 'it does not say why');
}
