import { callSafely, type Environment } from '@worker-auth/internal';
import { readBoundedFileNow } from '@worker-auth/internal/file';
import { settingRejected } from '../errors/own-errors.ts';
import type { TlsOptions } from './auth-options.ts';
import { readAll } from './setting-reader.ts';
import { place } from './table.ts';

/** Longest file of certificates, in bytes. All authorities that a host trusts are a quarter of it. */
export const maxCertificateBytes = 1_048_576;

/** That of a profile, else that of the variables of the application-sdk, whose files count where it is switched on; `undefined` where nothing says it. */
export function readTls(env: Environment, ofProfile?: TlsOptions): TlsOptions | undefined {
  const { enabled, ...files } = readAll(env, (read) => ({
    enabled: read(place.tlsEnabled),
    certFile: read(place.certFile)?.value,
    keyFile: read(place.keyFile)?.value,
    caFile: read(place.caFile),
    serverNameOverride: read(place.serverNameOverride)?.value,
  }));
  const { certFile, keyFile, caFile, serverNameOverride } = files;
  if (ofProfile !== undefined) {
    if (enabled === undefined || enabled.value === (ofProfile !== false)) return ofProfile;
    throw settingRejected(
      `TLS of the Temporal profile and ${enabled.from} contradict each other. Leave one of them out.`,
    );
  }
  if (enabled?.value !== true) return enabled?.value;
  if (certFile !== undefined && keyFile !== undefined)
    return { certFile, keyFile, caFile: caFile?.value, serverNameOverride };
  if (certFile !== undefined || keyFile !== undefined)
    throw settingRejected(
      'ATLAN_TEMPORAL_TLS_CLIENT_CERT_PATH and ATLAN_TEMPORAL_TLS_CLIENT_KEY_PATH go together. Set both, or neither.',
    );
  if (caFile === undefined && serverNameOverride === undefined) return true;
  const bounds = { maxBytes: maxCertificateBytes };
  const pem = caFile && callSafely(() => readBoundedFileNow(caFile.value, bounds), undefined);
  if (caFile !== undefined && pem === undefined)
    throw settingRejected(`${caFile.from} names ${caFile.value}, which cannot be read.`);
  return {
    ...(serverNameOverride !== undefined && { serverNameOverride }),
    ...(pem !== undefined && { serverRootCACertificate: Buffer.from(pem) }),
  };
}
