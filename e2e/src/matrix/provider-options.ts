import { type ProviderOptions, providers } from '@worker-auth/token-manager';
import type { Form } from './sources.ts';
import { authenticatedBy, requested, withServer } from './token-options.ts';

/** Each preset beside the issuer, which says the rest. */
export const providerForms: readonly Form[] = Object.entries<ProviderOptions>(providers).map(
  ([name, preset]) => ({
    title: `issuer and provider: ${name}`,
    options: (cell) =>
      withServer(cell, { issuer: cell.oauth.issuer, provider: name as keyof typeof providers }),
    arrives: (cell) => {
      authenticatedBy(cell, 'client_secret_basic');
      requested(cell, { scope: [preset.scope ?? []].flat().join(' ') || undefined });
    },
  }),
);
