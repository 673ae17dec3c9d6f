import { inspect } from 'node:util';
import type { ClientCredentials } from '../credential-source.ts';

/** What {@link FoundCredentials} is made of. */
export interface CredentialFields {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly source: string;
  readonly authUrl?: string | undefined;
  readonly tlsEnabled?: boolean | undefined;
}

/** Credentials that show everything but the client secret when they are printed, inspected or turned into JSON. */
export class FoundCredentials implements ClientCredentials {
  readonly clientId: string;
  readonly source: string;
  readonly authUrl: string | undefined;
  readonly tlsEnabled: boolean | undefined;
  readonly #clientSecret: string;

  constructor(fields: CredentialFields) {
    this.clientId = fields.clientId;
    this.source = fields.source;
    this.authUrl = fields.authUrl;
    this.tlsEnabled = fields.tlsEnabled;
    this.#clientSecret = fields.clientSecret;
  }

  get clientSecret(): string {
    return this.#clientSecret;
  }

  toJSON(): Record<string, unknown> {
    const { clientId, source, authUrl, tlsEnabled } = this;
    return { clientId, clientSecret: '[redacted]', source, authUrl, tlsEnabled };
  }

  [inspect.custom](): Record<string, unknown> {
    return this.toJSON();
  }
}
