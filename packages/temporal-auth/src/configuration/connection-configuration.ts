import type { Environment } from '@worker-auth/inlined';
import { isIP } from 'node:net';
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

/**
 * `host`, `port` and `namespace`, else `ATLAN_WORKFLOW_HOST` (default `localhost`), `ATLAN_WORKFLOW_PORT` (7233) and
 * `ATLAN_WORKFLOW_NAMESPACE` (`default`).
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
): ConnectionConfiguration {
  const settings = new Settings(env);
  const foundHost =
    settings.read({ option: 'host', given: options.host, variable: 'ATLAN_WORKFLOW_HOST' }, host) ??
    defaultHost;
  const foundPort =
    settings.read({ option: 'port', given: options.port, variable: 'ATLAN_WORKFLOW_PORT' }, port) ??
    defaultPort;
  const foundNamespace =
    settings.read(
      { option: 'namespace', given: options.namespace, variable: 'ATLAN_WORKFLOW_NAMESPACE' },
      namespace,
    ) ?? defaultNamespace;
  settings.check();
  return {
    address: `${isIP(foundHost) === 6 ? `[${foundHost}]` : foundHost}:${foundPort}`,
    host: foundHost,
    namespace: foundNamespace,
  };
}
