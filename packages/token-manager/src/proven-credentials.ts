import type { ClientCredentials, CredentialReadOptions, CredentialSource } from './credential-source.ts';

/** {@link ClientCredentials}, with what their file holds now. */
export interface ProvenCredentials extends ClientCredentials {
  readonly clientAssertion?: string | undefined;
}

/** Gives {@link ProvenCredentials}. */
export interface ProvenCredentialSource extends CredentialSource {
  get(options?: CredentialReadOptions): Promise<ProvenCredentials>;
}
