import * as tls from 'node:tls';
import { testCertificates } from './test-certificates.ts';

const { rootCertificates } = tls;

/** The authorities (PEM) that the kit's own clients trust: those of this process, and the kit's. */
export function trustedCertificates(): string[] {
  // Node 22 has the function from 22.15 on.
  const defaults = 'getCACertificates' in tls ? tls.getCACertificates('default') : rootCertificates;
  return [...defaults, testCertificates().ca];
}
