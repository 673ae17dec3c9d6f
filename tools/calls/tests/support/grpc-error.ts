import { status } from '@grpc/grpc-js';

/** What Temporal's native connection throws at such an answer. */
export function grpcError(code: keyof typeof status, message: string = code): Error {
  return Object.assign(new Error(message), { code: status[code], details: '', metadata: {} });
}
