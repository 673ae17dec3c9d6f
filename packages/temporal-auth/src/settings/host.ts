import type { Environment } from '@worker-auth/internal';
import { isIP } from 'node:net';
import type { ClientAuthOptions } from './auth-options.ts';
import type { Profile } from './profile.ts';
import { type Format, readAll, visibleAscii } from './setting-reader.ts';

const hostFormat: Format<string> = {
  // An underscore is no letter of a host name, but container networks have such names.
  parse: (text) =>
    isIP(text) !== 0 || /^\w(?:[\w-]*\w)?(?:\.\w(?:[\w-]*\w)?)*\.?$/.test(text) ? text : undefined,
  expected: 'a host name or an address, with neither scheme nor port',
};

const portFormat: Format<number> = {
  // Digits alone: Number() takes hexadecimal and exponents as well.
  parse: (text) =>
    /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535 ? Number(text) : undefined,
  expected: 'a port from 1 to 65535',
};

const namespaceFormat: Format<string> = {
  parse: (text) => (visibleAscii.test(text) ? text : undefined),
  expected: 'the name of a Temporal namespace',
};

const addressFormat: Format<{ readonly host: string; readonly port: number | undefined }> = {
  parse: (text) => {
    const [, name = '', given] = /^(\[[^[\]]+\]|[^:[\]]+)(?::(.*))?$/.exec(text) ?? [];
    const host = hostFormat.parse(bareHost(name));
    const port = portFormat.parse(String(given));
    return host === undefined || (given !== undefined && port === undefined) ? undefined : { host, port };
  },
  expected: 'host:port or host, without a scheme',
};

/** Options, then our variables, then a profile or Temporal's own variables, then defaults. The port of an address is used with its host alone. */
export function readPlace(
  options: ClientAuthOptions,
  env: Environment,
  profile?: Profile,
): { readonly address: string; readonly namespace: string } {
  return readAll(env, (read) => {
    // A profile has those variables already.
    const ofTemporal = <T>(what: 'address' | 'namespace', format: Format<T>): T | undefined =>
      profile === undefined
        ? read(what, undefined, format, `TEMPORAL_${what.toUpperCase()}`)
        : read(`the ${what} of the Temporal profile`, profile[what], format);
    const given = <T>(what: 'host' | 'port' | 'namespace', format: Format<T>): T | undefined =>
      read(what, options[what], format, `ATLAN_WORKFLOW_${what.toUpperCase()}`);
    const host = given('host', hostFormat);
    const found = host === undefined ? ofTemporal('address', addressFormat) : undefined;
    const port = given('port', portFormat) ?? found?.port ?? 7233;
    const namespace = given('namespace', namespaceFormat) ?? ofTemporal('namespace', namespaceFormat);
    const address = hostAndPort(host ?? found?.host ?? 'localhost', port);
    return { address, namespace: namespace ?? 'default' };
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
