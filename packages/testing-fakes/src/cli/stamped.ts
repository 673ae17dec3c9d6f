import type { FakeDaprRequest } from '../dapr/recorded-request.ts';
import type { RecordedRpc } from '../grpc/call-log.ts';

/** A line of the log on a terminal: when, and what. What somebody sent must not steer the terminal. */
export function stamped(...parts: readonly (string | number)[]): string {
  return `${new Date().toISOString()} ${parts.join(' ').replaceAll(/[^ -~]/g, '?')}`;
}

/** What the terminal shows of an RPC: `… DescribeNamespace of default rejected: expired (token 2)`. */
export function rpcLine({ method, namespace, verdict, reason, token }: RecordedRpc): string {
  const where = namespace === undefined ? '' : ` of ${namespace}`;
  const why = reason === undefined ? '' : `: ${reason}`;
  const which = token === undefined ? 'no token' : `token ${token.number}`;
  return stamped(`${method}${where} ${verdict}${why} (${which})`);
}

/** What the terminal shows of a request to a sidecar: `… GET /v1.0/metadata 200`. */
export function daprLine({ method, path, status }: FakeDaprRequest): string {
  return stamped(method, path, status ?? '-');
}
