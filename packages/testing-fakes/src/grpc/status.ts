/** gRPC's status codes by their names (grpc.io/docs/guides/status-codes). */
export const grpcStatusCodes = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const;

/** The name of a gRPC status code. */
export type GrpcStatusName = keyof typeof grpcStatusCodes;

/** How an RPC ends: by a code and a text. */
export interface GrpcStatus {
  readonly status: GrpcStatusName;
  /** The text that the client's error shows. Default none. */
  readonly message?: string | undefined;
}
