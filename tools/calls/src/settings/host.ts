import { callSafely, type Environment, isLoopbackHost } from '@worker-auth/internal';
import { readBoundedFileNow } from '@worker-auth/internal/file';
import { isIP } from 'node:net';
import { settingRejected } from '../errors/own-errors.ts';
import type { PlaceSettings, TlsOptions } from './auth-options.ts';
import { maxCertificateBytes } from './formats.ts';
import type { Profile } from './profile.ts';
import { type Read, readAll, type Reading } from './setting.ts';
import { place } from './table.ts';

/** Where Temporal is, and who says it. */
export interface Place {
  /** `host:port` */
  readonly address: string;
  readonly namespace: string;
  readonly from: Readonly<Record<'host' | 'port' | 'namespace', string>>;
  /** Whether the host is that of a variable of the application-sdk, which leaves TLS off where nothing is said of it. */
  readonly isOfApplicationSdk: boolean;
}

/** Options, then the environment, in which a profile stands for Temporal's own variables. The port of an address is used with its host alone. */
export function readPlace(options: PlaceSettings, env: Environment, profile?: Profile): Place {
  const { address, namespace } = profile ?? {};
  const ofProfile = { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace };
  const shownAs = (name: string): string =>
    profile !== undefined && Object.hasOwn(ofProfile, name)
      ? `the ${name.slice('TEMPORAL_'.length).toLowerCase()} of the Temporal profile`
      : name;
  const known = profile === undefined ? env : { ...env, ...ofProfile };
  const work = (read: Read): Place => {
    const variables = place.port.variables.filter(({ as }) => options.host === undefined || as === undefined);
    const host = read(place.host, options.host);
    const port = read({ ...place.port, variables }, options.port);
    const name = read(place.namespace, options.namespace);
    const from = (reading: Reading<unknown> | undefined): string => reading?.from ?? 'default';
    return {
      address: hostAndPort(host?.value ?? 'localhost', port?.value ?? 7233),
      namespace: name?.value ?? 'default',
      isOfApplicationSdk: host?.family === 'application-sdk',
      from: { host: from(host), port: from(port), namespace: from(name) },
    };
  };
  return readAll(known, work, undefined, shownAs);
}

/** That of a profile, else that of the variables of the application-sdk, whose files count where it is switched on; `undefined` where nothing says it. */
export function readTls(env: Environment, ofProfile?: TlsOptions): TlsOptions | undefined {
  const { enabled, certFile, keyFile, caFile, serverNameOverride } = readAll(env, (read) => ({
    enabled: read(place.tlsEnabled),
    certFile: read(place.certFile)?.value,
    keyFile: read(place.keyFile)?.value,
    caFile: read(place.caFile),
    serverNameOverride: read(place.serverNameOverride)?.value,
  }));
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

/** Whether what is sent to `host:port` or `host` leaves this machine. */
export function isRemote(address: string): boolean {
  return !isLoopbackHost(address.replace(/:\d+$/, ''));
}

/** A host without the brackets that a URL has around an address of IPv6. */
export function bareHost(host: string): string {
  return host.replace(/[[\]]/g, '');
}

/** `host:port`, as a URL has it; of a host without brackets. */
export function hostAndPort(host: string, port: number): string {
  return `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
}

/** What options of `tls.connect` say of a host. An address is no name that a server may be asked for (RFC 6066 section 3). */
export function tlsName(hostname: string): { readonly host: string; readonly servername?: string } {
  const host = bareHost(hostname);
  return isIP(host) === 0 ? { host, servername: host } : { host };
}

/** The port of an HTTP URL, that of its protocol where it names none. */
export function portOf({ port, protocol }: URL): number {
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
}
