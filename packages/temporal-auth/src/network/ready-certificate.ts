import type { ClientCertificate } from '@worker-auth/refresh-scheduler/certificate';
import { translate } from '../errors/translate.ts';
import type { ClientCertificates } from './client-certificates.ts';

/**
 * The client certificate to begin with; `undefined` where none rotates.
 *
 * @throws ConfigurationError for files that cannot be used; the signal's reason
 */
export async function readyCertificate(
  certificates: ClientCertificates | undefined,
  signal: AbortSignal | undefined,
): Promise<ClientCertificate | undefined> {
  try {
    return await certificates?.ready(signal);
  } catch (error) {
    // Whoever reads files knows no token.
    throw translate(error, { tokens: [], signal });
  }
}
