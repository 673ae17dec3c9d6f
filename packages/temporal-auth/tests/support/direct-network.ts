import type { Network } from '@worker-auth/calls/settings/network-settings';

/** No proxy, and the authorities that are trusted by default. */
export const directNetwork: Network = { proxyFor: undefined, certificates: () => undefined };
