import { constants } from 'node:http2';
import {
  type Checks,
  checkGiven,
  checkName,
  durationMs,
  number,
  oneOf,
  recordOf,
  text,
} from '../given/check-given.ts';
import { connectionOf } from './http2-listener.ts';
import {
  endWithHttp,
  endWithStatus,
  type GrpcStatus,
  grpcStatusCodes,
  type GrpcStatusName,
} from './responses.ts';
import type { Rpc } from './rpc.ts';

/**
 * What becomes of the connection on which an RPC came:
 * - `hang`: the RPC is never answered; the connection and its other RPCs go on;
 * - `drop`: the connection is closed before any answer, with whatever else is under way on it;
 * - `reset`: the same by a TCP reset;
 * - `cancel`: the RPC alone is reset, as a Temporal server does at the RPC's deadline;
 * - `goaway`: the connection takes no further RPCs (GOAWAY), as when a server is drained or a connection has reached its age. This
 *   RPC and the others under way are answered, then it is closed.
 */
export type RpcConnectionFault = 'hang' | 'drop' | 'reset' | 'cancel' | 'goaway';

/**
 * What a server does to an RPC instead of answering it properly: ends it with a gRPC status, answers as a server that speaks no
 * gRPC, or does something to the connection. With `delayMs` or `responseDelayMs` alone, the RPC is answered properly, but late.
 */
export interface RpcFault {
  /** The gRPC status to end with, such as `UNAVAILABLE`. */
  readonly status?: GrpcStatusName;
  /** The text of the status. Default none. */
  readonly message?: string;
  /** The HTTP status to answer with, in place of a gRPC status. */
  readonly httpStatus?: number;
  /** Header fields of that response. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Body of that response. Default none. */
  readonly body?: string;
  /** Milliseconds until anything of this happens. Default 0. */
  readonly delayMs?: number;
  /** Milliseconds for which the proper response is kept back: the RPC has had its effect by then. Default 0. */
  readonly responseDelayMs?: number;
  readonly connection?: RpcConnectionFault;
}

const faultChecks: Checks<RpcFault> = {
  status: oneOf(Object.keys(grpcStatusCodes)),
  message: text,
  httpStatus: number({ min: 200, max: 599, isWhole: true }),
  headers: recordOf(text),
  body: text,
  delayMs: durationMs,
  responseDelayMs: durationMs,
  connection: oneOf(['hang', 'drop', 'reset', 'cancel', 'goaway']),
};

/** @throws TypeError for an option that there is not, for a fault that says nothing, and when it wants two responses at once */
function checkRpcFault(fault: RpcFault): RpcFault {
  checkGiven('A fault', fault, faultChecks);
  if (Object.values(fault).every((value) => value === undefined)) {
    throw new TypeError(`A fault must have one of ${Object.keys(faultChecks).join(', ')}`);
  }
  outcomeOf(fault);
  return fault;
}

/** The one thing that a fault comes to; `pass`: the RPC goes on to its proper response. */
export type RpcFaultOutcome =
  | { readonly kind: 'pass' }
  | { readonly kind: 'cut'; readonly how: Exclude<RpcConnectionFault, 'goaway'> }
  | { readonly kind: 'status'; readonly ending: GrpcStatus }
  | {
      readonly kind: 'http';
      readonly httpStatus: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string | undefined;
    };

/** @throws TypeError when the fault wants two responses at once */
export function outcomeOf({
  status,
  message,
  httpStatus,
  headers = {},
  body,
  connection,
}: RpcFault): RpcFaultOutcome {
  if (status !== undefined && httpStatus !== undefined) {
    throw new TypeError('A fault has either a gRPC status (status) or an HTTP status (httpStatus), not both');
  }
  if (connection !== undefined && connection !== 'goaway') {
    if (status !== undefined || httpStatus !== undefined) {
      throw new TypeError(`connection: '${connection}' leaves no room for a response (status, httpStatus)`);
    }
    return { kind: 'cut', how: connection };
  }
  if (status !== undefined) return { kind: 'status', ending: { status, message } };
  if (httpStatus !== undefined) return { kind: 'http', httpStatus, headers, body };
  return { kind: 'pass' };
}

/** The fault in a few words, for messages. */
export function describeRpcFault({
  status,
  httpStatus,
  connection,
  delayMs = 0,
  responseDelayMs = 0,
}: RpcFault): string {
  if (status !== undefined) return status;
  if (httpStatus !== undefined) return `HTTP ${httpStatus}`;
  if (connection !== undefined) return connection;
  return `a response after ${delayMs + responseDelayMs} ms`;
}

const unauthorizedPage = '<html><head><title>401 Authorization Required</title></head></html>';

/** The rejections and failures that Temporal and the proxies before it have been seen to give, by name. */
export const rpcFaults = {
  /** Temporal's authorizer, whatever the reason. */
  permissionDenied: { status: 'PERMISSION_DENIED', message: 'Request unauthorized.' },
  /** Envoy's `jwt_authn`. */
  unauthenticated: { status: 'UNAUTHENTICATED', message: 'Jwt is expired' },
  /** A proxy whose upstream is unavailable. */
  unavailable: { status: 'UNAVAILABLE', message: 'no healthy upstream' },
  /** Temporal's rate limit. */
  throttled: { status: 'RESOURCE_EXHAUSTED', message: 'namespace rate limit exceeded' },
  /** A proxy that knows no gRPC. */
  http401: { httpStatus: 401, headers: { 'www-authenticate': 'Bearer' } },
  /** The same with a page of HTML, which tonic (Temporal's Core) takes for an INTERNAL error and retries. */
  html401: {
    httpStatus: 401,
    headers: { 'www-authenticate': 'Bearer', 'content-type': 'text/html' },
    body: unauthorizedPage,
  },
  neverAnswers: { connection: 'hang' },
  connectionClosed: { connection: 'drop' },
  connectionReset: { connection: 'reset' },
  goAway: { connection: 'goaway' },
} as const satisfies Record<string, RpcFault>;

/** The name of a fault in {@link rpcFaults}. */
export type RpcFaultName = keyof typeof rpcFaults;

/**
 * The fault itself, where it may be given by its name.
 *
 * @throws TypeError, with the nearest name, for a name or an option that there is not, or when it wants two responses at once
 */
export function readRpcFault(fault: RpcFault | RpcFaultName): RpcFault {
  if (typeof fault !== 'string') return checkRpcFault(fault);
  checkName('fault', fault, Object.keys(rpcFaults));
  return rpcFaults[fault];
}

/** Ends an RPC, whose response has not begun, as a fault wants it. */
export function sendRpcFault({ stream }: Rpc, outcome: Exclude<RpcFaultOutcome, { kind: 'pass' }>): void {
  switch (outcome.kind) {
    case 'status':
      endWithStatus(stream, outcome.ending);
      return;
    case 'http': {
      const { httpStatus, headers, body } = outcome;
      endWithHttp(stream, { headers: { ':status': httpStatus, ...headers }, body });
      return;
    }
    case 'cut':
      if (outcome.how === 'drop') connectionOf(stream)?.destroy();
      else if (outcome.how === 'reset') connectionOf(stream)?.resetAndDestroy();
      else if (outcome.how === 'cancel') stream.close(constants.NGHTTP2_CANCEL);
      else stream.resume();
  }
}
