import { checkName } from '../given/check-given.ts';
import { checkRpcFault, type RpcFault } from './rpc-fault.ts';

const unauthorizedPage = '<html><head><title>401 Authorization Required</title></head></html>';

/** The rejections and failures that Temporal and the proxies before it have been seen to give, by name. */
export const rpcFaults = {
  /** Temporal's authorizer, whatever the reason. */
  permissionDenied: { status: 'PERMISSION_DENIED', message: 'Request unauthorized.' },
  /** Envoy's `jwt_authn`. */
  unauthenticated: { status: 'UNAUTHENTICATED', message: 'Jwt is expired' },
  /** A proxy whose upstream is away. */
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
