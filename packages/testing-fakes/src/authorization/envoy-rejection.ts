import type { DenialReason } from './denial-reason.ts';

/** That Envoy rejects a token, and why in its own words (status.cc of jwt_verify_lib). */
export class EnvoyRejection extends Error {
  override readonly name = 'EnvoyRejection';
  readonly reason: DenialReason;

  constructor(reason: DenialReason, message: string) {
    super(message);
    this.reason = reason;
  }
}
