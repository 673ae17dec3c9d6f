/** The units of the field `grpc-timeout` (gRPC over HTTP/2), in milliseconds. */
const unitsMs: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1_000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};

/** How long a caller waits, in milliseconds, by its `grpc-timeout`; `undefined` when it says nothing that makes sense. */
export function grpcTimeoutMs(field: string): number | undefined {
  const [digits, unitMs] = [field.slice(0, -1), unitsMs[field.slice(-1)]];
  return unitMs !== undefined && /^\d{1,8}$/.test(digits) ? Number(digits) * unitMs : undefined;
}
