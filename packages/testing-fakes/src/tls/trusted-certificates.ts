import { getCACertificates } from 'node:tls';
import { testCertificates } from './test-certificates.ts';

/** The authorities (PEM) that the kit's own clients trust: those of this process, and the kit's. */
export function trustedCertificates(): string[] {
  return [...getCACertificates('default'), testCertificates().ca];
}
