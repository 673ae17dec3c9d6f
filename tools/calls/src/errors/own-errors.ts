import { budgetSpent } from '@worker-auth/internal';
import { TokenManagerErrorCode } from '@worker-auth/token-manager';
import {
  AuthenticationError,
  ConfigurationError,
  ConnectivityError,
  StoppedError,
  TemporalAuthErrorCode as Code,
} from './temporal-auth-error.ts';

export interface CalledPlace {
  /** `host:port`; `undefined` for a connection of the user's own. */
  readonly address: string | undefined;
  readonly namespace: string;
  /** The proxy on the way, `host:port`; `undefined` for the direct way. */
  readonly proxy?: string | undefined;
}

export function temporalAt({ address, proxy }: CalledPlace): string {
  if (address === undefined) return 'Temporal';
  return proxy === undefined ? `Temporal at ${address}` : `Temporal at ${address} through the proxy ${proxy}`;
}

const stopped = (message: string) => () => new StoppedError(message, { code: Code.closed });
const configuration = (code: Code, message: string, retryable = false) => {
  return () => new ConfigurationError(message, { code, retryable });
};
const authentication = (code: Code, message: string, retryable = false) => {
  return () => new AuthenticationError(message, { code, retryable });
};

export const closedError = stopped('The client was closed; make a new one to go on.');
export const connectionClosed = stopped('The connection was closed before the call could be sent.');
export const notLoaded = configuration(Code.notLoaded, 'The client is not connected: await load() first.');
export const workersRunning = configuration(
  Code.workersRunning,
  'Workers still use the connection: shut them down and await run() before close().',
);
export const alreadyRunning = configuration(
  Code.alreadyRunning,
  'This supervised worker was run before: call run() once, and superviseWorker() again for another.',
);
export const switchedOff = configuration(
  Code.switchedOff,
  'Authentication is off. Configure credentials (WORKER_AUTH_CLIENT_ID and the rest), and set none of WORKER_AUTH_ENABLED and its like to false.',
);
export const keyRejected = authentication(
  Code.callRejected,
  'Temporal rejects the API key of the profile, and the profile has no other. Put a new one there (TEMPORAL_API_KEY, or api_key in its file), ' +
    'which is read again with the next rejection.',
);
export const unusableToken = authentication(
  Code.unusableToken,
  'The token source gave a token that no header can hold: it must consist of visible ASCII characters.',
);
export function tokensLimited(retryInMs: number): AuthenticationError {
  const code = TokenManagerErrorCode.limited;
  return new AuthenticationError(`${budgetSpent}.`, {
    code,
    retryable: true,
    retryInMs: Math.ceil(retryInMs),
  });
}
export const noOtherCertificate = authentication(
  Code.callRejected,
  'The files hold no other client certificate than the one that is rejected.',
  true,
);

/** Temporal calls the hook of a connection without a wait, so what it needs must be there before. */
export function notReady(lacking = 'access token'): ConfigurationError {
  const message = `There is no ${lacking} yet for the connection: await auth.ready() before it is opened.`;
  return configuration(Code.notReady, message, true)();
}

export const tlsSaidLate = configuration(
  Code.notReady,
  'The credentials say that Temporal is reached over TLS, and the connection was opened without it before they were read: await auth.ready() before it is opened.',
  true,
);

/** There was a token. */
export const notKept = configuration(
  Code.notReady,
  'There is no access token for the connection now: peek() of your token source must give what its getToken() gave, as long as that is good. If it has ended, await auth.ready() again.',
);

export function settingRejected(message: string): ConfigurationError {
  return new ConfigurationError(message, { code: Code.settingRejected });
}

/** A plaintext connection was closed, and a TLS handshake at the same address was not. */
export function tlsExpected(place: CalledPlace): ConfigurationError {
  return new ConfigurationError(
    `Cannot reach ${temporalAt(place)} for namespace "${place.namespace}": it speaks TLS, and TLS is off here. Set tls: true, ` +
      'with ca for an authority of your own (workflow_tls_enabled in the secret).',
    { code: Code.tlsFailed },
  );
}

export function noTokenInTime(): ConnectivityError {
  return noToken('the deadline of the call; it is still being requested. Try the call again.');
}

export function noTokenAtStart(timeoutMs: number): ConnectivityError {
  return noToken(`${timeoutMs} ms (bootTimeoutMs). Check the secret store and the token endpoint.`);
}

function noToken(within: string): ConnectivityError {
  const message = `No valid access token came within ${within}`;
  return new ConnectivityError(message, { code: Code.noValidToken, retryable: true });
}

/** Temporal, or what listens in its place, took the call that opens a connection and said nothing until the deadline. */
export function noResponse(place: CalledPlace, timeoutMs: number): ConnectivityError {
  const { message, code, retryable } = noResponseWithin(place, timeoutMs, ' (connectTimeoutMs)');
  const advice =
    'Check TEMPORAL_ADDRESS, that the server is up, that a route leads there and no firewall drops ' +
    'what is sent, and whether it expects TLS.';
  return new ConnectivityError(`${message} ${advice}`, { code, retryable });
}

export function noResponseWithin(place: CalledPlace, timeoutMs: number, option = ''): ConnectivityError {
  const message = `${temporalAt(place)} did not answer within ${timeoutMs} ms${option}, for namespace "${place.namespace}".`;
  return new ConnectivityError(message, { code: Code.temporalUnavailable, retryable: true });
}
