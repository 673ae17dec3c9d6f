import { readFileSync } from 'node:fs';

/** An issuer in the form that a provider's documents show, and what becomes of it. No provider was asked. */
export interface ProviderForm {
  readonly provider: string;
  /** What a user sets first. */
  readonly issuer: string;
  /** What to set where the document names another issuer. */
  readonly metadataUrl?: string;
  /** Where the document is. */
  readonly at: string;
  readonly metadata: Readonly<Record<string, unknown>> & { readonly token_endpoint?: string };
  /** The only method, or algorithm, that the client is registered for. Default all of the document's. */
  readonly registered?: string;
  /** Kind of the client's key, where it has no secret. */
  readonly signs?: 'rsa';
  /** The error to the grant. */
  readonly grant?: string;
  /** How many scopes the document lists beside. */
  readonly scopes?: number;
  readonly works: 'issuer' | 'metadataUrl' | 'no';
  /** What the error says where it does not work. */
  readonly says?: string;
  /** For the page. */
  readonly because?: string;
}

const file = new URL('provider-documents.json', import.meta.url);

export const providerForms = JSON.parse(readFileSync(file, 'utf8')) as readonly ProviderForm[];
