import { isGrpcServiceError } from '@temporalio/client';
import {
  AuthenticationError,
  ConfigurationError,
  ConnectivityError,
  TemporalAuthErrorCode,
  TemporalAuthError,
} from './errors.ts';

/** gRPC status codes that decide what went wrong (https://grpc.github.io/grpc/core/md_doc_statuscodes.html). */
const grpcCode = { notFound: 5, permissionDenied: 7, unauthenticated: 16 } as const;

/**
 * What refusals look like in the messages of Temporal's native connection, whose errors carry no code: Temporal's
 * authorizer, Envoy, and proxies that know no gRPC.
 */
const refusal =
  /PermissionDenied|Unauthenticated|Request unauthorized|valid authentication credentials|does not have permission|HTTP status code 40[13]|status: 40[13]|Jwt /;

const maxDetailLength = 200;

/** What the messages say about. */
export interface TemporalTarget {
  readonly address: string;
  readonly namespace: string;
  /** Whether a token was sent. */
  readonly authEnabled: boolean;
}

/**
 * The typed error for what Temporal's SDK threw. The SDK's error itself is not attached: it may hold the call's metadata.
 */
export function temporalError(error: unknown, target: TemporalTarget): TemporalAuthError {
  const own = ownError(error);
  if (own !== undefined) return own;
  const { code, details } = describe(error);
  if (code === grpcCode.notFound) return namespaceNotFound(target);
  if (code === grpcCode.permissionDenied || code === grpcCode.unauthenticated || refusal.test(details)) {
    return refused(target, details);
  }
  return new ConnectivityError(
    `Cannot reach Temporal at ${target.address}: ${details}. Check ATLAN_WORKFLOW_HOST and ATLAN_WORKFLOW_PORT, that the ` +
      'server is up, and whether it expects TLS.',
    { code: TemporalAuthErrorCode.temporalUnavailable, retryable: true },
  );
}

/** An error of ours that came back through the SDK: the token of a call was asked for, and there was none. */
function ownError(error: unknown): TemporalAuthError | undefined {
  for (
    let current = error, depth = 0;
    current instanceof Error && depth < 5;
    current = current.cause, depth++
  ) {
    if (current instanceof TemporalAuthError) return current;
  }
  return undefined;
}

function describe(error: unknown): { code: number | undefined; details: string } {
  const grpc = isGrpcServiceError(error) ? error : error instanceof Error ? error.cause : undefined;
  if (isGrpcServiceError(grpc)) return { code: grpc.code, details: shorten(grpc.details) };
  return { code: undefined, details: shorten(error instanceof Error ? error.message : 'unknown error') };
}

function shorten(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim().replace(/\.$/, '');
  return line.length > maxDetailLength ? `${line.slice(0, maxDetailLength)}…` : line;
}

function namespaceNotFound({ address, namespace }: TemporalTarget): ConfigurationError {
  return new ConfigurationError(
    `Temporal at ${address} has no namespace "${namespace}". Create it, or set ATLAN_WORKFLOW_NAMESPACE.`,
    { code: TemporalAuthErrorCode.namespaceNotFound },
  );
}

function refused({ address, namespace, authEnabled }: TemporalTarget, details: string): AuthenticationError {
  const advice = authEnabled
    ? `The token was refused: check that it is signed by a key that the server trusts, is not expired by the server's clock, and ` +
      `holds the permission "${namespace}:write" (role write, for a worker). The reason is in the server's log.`
    : 'No token was sent: set ATLAN_WORKFLOW_AUTH_ENABLED=true.';
  return new AuthenticationError(
    `Temporal at ${address} refused the call for namespace "${namespace}": ${statusMessage(details)}. ${advice}`,
    {
      code: TemporalAuthErrorCode.tokenRefused,
    },
  );
}

/** What the server itself said, where the native connection gives it inside a printout of the whole status. */
function statusMessage(details: string): string {
  return /message: "([^"]+?)\.?"/.exec(details)?.[1] ?? details;
}
