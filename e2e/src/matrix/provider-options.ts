import { providers } from '@worker-auth/token-manager';
import type { Form } from './sources.ts';
import { authenticatedBy, requested, withServer } from './token-options.ts';

/** Each preset beside the issuer, which says the rest. */
export const providerForms: readonly Form[] = (Object.keys(providers) as (keyof typeof providers)[]).map(
  (provider) => ({
    title: `issuer and provider: ${provider}`,
    options: (cell) => withServer(cell, { issuer: cell.oauth.issuer, provider }),
    arrives: (cell) => {
      authenticatedBy(cell, 'client_secret_basic');
      requested(cell, { scope: provider === 'dex' ? providers.dex.scope : undefined });
    },
  }),
);
