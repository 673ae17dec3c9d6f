import type { TokenFault } from './verify-jwt.ts';

/**
 * Why an RPC is rejected: the token's fault, no token where one is needed, no role that suffices, or a method that Temporal
 * does not have. Temporal itself only logs it.
 */
export type DenialReason = TokenFault | 'no-token' | 'missing-role' | 'unknown-method';
