import type { DenialReason } from './denial-reason.ts';

/** That Envoy refuses a token, and why in its own words (status.cc of jwt_verify_lib). */
export class EnvoyRefusal extends Error {
  override readonly name = 'EnvoyRefusal';
  readonly reason: DenialReason;

  constructor(reason: DenialReason, message: string) {
    super(message);
    this.reason = reason;
  }
}
