import type { Network } from '../../src/settings/network-settings.ts';

/** No proxy, and the authorities that are trusted by default. */
export const directNetwork: Network = { proxyFor: undefined, certificates: () => undefined };
