import type { TokenSource } from '@worker-auth/token-manager';
import { noOtherCertificate } from '../errors/own-errors.ts';
import type { ClientCertificates } from './client-certificates.ts';

/** In place of tokens, where the client certificate alone says who is calling: each certificate stands for one, by its fingerprint. */
export function certificateAsToken(certificates: ClientCertificates): TokenSource {
  const peek = (): string | undefined => (certificates.isGood ? certificates.newest.fingerprint : undefined);
  return {
    peek,
    getToken: async ({ rejectedToken, signal } = {}) => {
      const { fingerprint } = await certificates.load(signal);
      if (fingerprint === rejectedToken) throw noOtherCertificate();
      return fingerprint;
    },
    subscribe: (listener) => {
      let last = peek();
      return certificates.onRead(() => {
        const { fingerprint } = certificates.newest;
        if (fingerprint !== last) listener(fingerprint);
        last = fingerprint;
      });
    },
  };
}
