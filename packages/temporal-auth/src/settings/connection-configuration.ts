import type { Environment } from '@worker-auth/inlined';
import { isIP } from 'node:net';
import { hostAndPort } from './host.ts';
import type { Profile } from './profile.ts';
import { type Format, Settings } from './setting.ts';

/** What is set for the connection to Temporal; see {@link readConnectionConfiguration}. */
export interface ConnectionConfiguration {
  /** `host:port`, as Temporal's connections take it. */
  readonly address: string;
  /** The host alone. */
  readonly host: string;
  readonly namespace: string;
}

const defaultHost = 'localhost';
const defaultPort = 7233;
const defaultNamespace = 'default';

const host: Format<string> = {
  // An underscore is no letter of a host name, but container networks have such names.
  parse: (text) =>
    isIP(text) !== 0 || /^\w(?:[\w-]*\w)?(?:\.\w(?:[\w-]*\w)?)*\.?$/.test(text) ? text : undefined,
  expected: 'a host name or an address, with neither scheme nor port',
};

const port: Format<number> = {
  // Digits alone: Number() takes hexadecimal and exponents as well.
  parse: (text) =>
    /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535 ? Number(text) : undefined,
  expected: 'a port from 1 to 65535',
};

const namespace: Format<string> = {
  parse: (text) => (/^[\x21-\x7e]+$/.test(text) ? text : undefined),
  expected: 'the name of a Temporal namespace',
};

/** `host:port` or `host`, as a profile has it. */
const place: Format<{ readonly host: string; readonly port: number | undefined }> = {
  parse: (text) => {
    const [, bracketed, name = bracketed ?? '', given] =
      /^(?:\[([^\]]+)\]|([^:]+))(?::(.*))?$/.exec(text) ?? [];
    const [foundHost, foundPort] = [host.parse(name), given === undefined ? undefined : port.parse(given)];
    if (foundHost === undefined || (given !== undefined && foundPort === undefined)) return undefined;
    return { host: foundHost, port: foundPort };
  },
  expected: 'host:port or host, without a scheme',
};

/**
 * `host`, `port` and `namespace`, else `ATLAN_WORKFLOW_HOST` (default `localhost`), `ATLAN_WORKFLOW_PORT` (7233) and
 * `ATLAN_WORKFLOW_NAMESPACE` (`default`); between these and their defaults, what a profile says. Its address is looked at where nothing says a host, and
 * its port then too where nothing says one.
 *
 * @throws ConfigurationError that names the option or the variable
 */
export function readConnectionConfiguration(
  options: {
    readonly host?: string | undefined;
    readonly port?: number | string | undefined;
    readonly namespace?: string | undefined;
  },
  env: Environment,
  profile?: Profile,
): ConnectionConfiguration {
  const settings = new Settings(env);
  const ofProfile = <T>(what: 'address' | 'namespace', format: Format<T>): T | undefined => {
    const name = `the ${what} of the Temporal profile`;
    return settings.read({ option: name, given: profile?.[what], variable: name }, format);
  };
  const said = settings.read({ option: 'host', given: options.host, variable: 'ATLAN_WORKFLOW_HOST' }, host);
  const profiled = said === undefined ? ofProfile('address', place) : undefined;
  const foundHost = said ?? profiled?.host ?? defaultHost;
  const foundPort =
    settings.read({ option: 'port', given: options.port, variable: 'ATLAN_WORKFLOW_PORT' }, port) ??
    profiled?.port ??
    defaultPort;
  const foundNamespace =
    settings.read(
      { option: 'namespace', given: options.namespace, variable: 'ATLAN_WORKFLOW_NAMESPACE' },
      namespace,
    ) ??
    ofProfile('namespace', namespace) ??
    defaultNamespace;
  settings.check();
  return {
    address: hostAndPort(foundHost, foundPort),
    host: foundHost,
    namespace: foundNamespace,
  };
}
