import type { Environment } from '@worker-auth/internal';
import { isIP } from 'node:net';
import type { ConnectionSettings } from './auth-options.ts';
import type { Profile } from './profile.ts';
import type { Setting } from './setting.ts';
import { readAll, type Reading } from './setting-reader.ts';
import { place } from './table.ts';

/** Where Temporal is, and who says it. */
export interface Place {
  /** `host:port` */
  readonly address: string;
  readonly namespace: string;
  readonly from: Readonly<Record<'host' | 'port' | 'namespace', string>>;
}

/** Options, then the environment, in which a profile stands for Temporal's own variables. The port of an address is used with its host alone. */
export function readPlace(options: ConnectionSettings, env: Environment, profile?: Profile): Place {
  const { address, namespace } = profile ?? {};
  const ofProfile = { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace };
  const inProfile = (name: string): string =>
    profile !== undefined && Object.hasOwn(ofProfile, name)
      ? `the ${name.slice('TEMPORAL_'.length).toLowerCase()} of the Temporal profile`
      : name;
  const all = Object.fromEntries(Object.entries(ofProfile).map(([name, value]) => [inProfile(name), value]));
  const known = profile === undefined ? env : { ...env, ...all };
  const over = <T>(setting: Setting<T>, ofHost = true): Setting<T> => {
    const variables = setting.variables.filter(({ as }) => ofHost || as === undefined);
    return { ...setting, variables: variables.map((one) => ({ ...one, name: inProfile(one.name) })) };
  };
  return readAll(known, (read) => {
    const host = read(over(place.host), options.host);
    const port = read(over(place.port, options.host === undefined), options.port);
    const name = read(over(place.namespace), options.namespace);
    const from = (reading: Reading<unknown> | undefined): string => reading?.from ?? 'default';
    return {
      address: hostAndPort(host?.value ?? 'localhost', port?.value ?? 7233),
      namespace: name?.value ?? 'default',
      from: { host: from(host), port: from(port), namespace: from(name) },
    };
  });
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
