import { isIP } from 'node:net';
import { z } from 'zod';
import { ConfigurationError, TemporalAuthErrorCode } from './errors.ts';

/** Environment variables, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What is set for authentication; see {@link readAuthConfiguration}. */
export interface AuthConfiguration {
  readonly authEnabled: boolean;
  /** The token endpoint; `undefined` when the secret names it (`atlan_auth_url`). */
  readonly authUrl: string | undefined;
}

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

const authSchema = z.object({
  ATLAN_WORKFLOW_AUTH_ENABLED: z.stringbool().default(false),
  ATLAN_WORKFLOW_AUTH_URL: z.url({ protocol: /^https?$/ }).optional(),
});

const connectionSchema = z.object({
  ATLAN_WORKFLOW_HOST: z.string().default(defaultHost),
  ATLAN_WORKFLOW_PORT: z.coerce.number().int().min(1).max(65_535).default(defaultPort),
  ATLAN_WORKFLOW_NAMESPACE: z.string().default(defaultNamespace),
});

/** What each variable takes, for the message about a bad value. */
const expectations: Readonly<Record<string, string>> = {
  ATLAN_WORKFLOW_AUTH_ENABLED: 'true or false',
  ATLAN_WORKFLOW_AUTH_URL: 'the https URL of the token endpoint',
  ATLAN_WORKFLOW_HOST: 'a host name or an address',
  ATLAN_WORKFLOW_PORT: 'a port from 1 to 65535',
  ATLAN_WORKFLOW_NAMESPACE: 'the name of a Temporal namespace',
};

/**
 * `authEnabled` and `authUrl`, else `ATLAN_WORKFLOW_AUTH_ENABLED` (default false) and `ATLAN_WORKFLOW_AUTH_URL`.
 *
 * @throws ConfigurationError that names the option or variable; its value is not repeated
 */
export function readAuthConfiguration(
  options: { readonly authEnabled?: boolean | undefined; readonly authUrl?: string | undefined },
  env: Environment,
): AuthConfiguration {
  const parsed = parse(authSchema, {
    ATLAN_WORKFLOW_AUTH_ENABLED:
      options.authEnabled === undefined ? env['ATLAN_WORKFLOW_AUTH_ENABLED'] : String(options.authEnabled),
    ATLAN_WORKFLOW_AUTH_URL: options.authUrl ?? env['ATLAN_WORKFLOW_AUTH_URL'],
  });
  return { authEnabled: parsed.ATLAN_WORKFLOW_AUTH_ENABLED, authUrl: parsed.ATLAN_WORKFLOW_AUTH_URL };
}

/**
 * `host`, `port` and `namespace`, else `ATLAN_WORKFLOW_HOST` (default `localhost`), `ATLAN_WORKFLOW_PORT` (7233) and
 * `ATLAN_WORKFLOW_NAMESPACE` (`default`).
 *
 * @throws ConfigurationError that names the option or variable
 */
export function readConnectionConfiguration(
  options: {
    readonly host?: string | undefined;
    readonly port?: number | string | undefined;
    readonly namespace?: string | undefined;
  },
  env: Environment,
): ConnectionConfiguration {
  const parsed = parse(connectionSchema, {
    ATLAN_WORKFLOW_HOST: options.host ?? env['ATLAN_WORKFLOW_HOST'],
    ATLAN_WORKFLOW_PORT: options.port ?? env['ATLAN_WORKFLOW_PORT'],
    ATLAN_WORKFLOW_NAMESPACE: options.namespace ?? env['ATLAN_WORKFLOW_NAMESPACE'],
  });
  const host = parsed.ATLAN_WORKFLOW_HOST;
  return {
    address: `${isIP(host) === 6 ? `[${host}]` : host}:${parsed.ATLAN_WORKFLOW_PORT}`,
    host,
    namespace: parsed.ATLAN_WORKFLOW_NAMESPACE,
  };
}

/** An empty variable is an unset one: that is how a deployment's template leaves out what it does not need. */
function parse<S extends z.ZodObject>(schema: S, values: Record<string, unknown>): z.output<S> {
  const set = Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined && value !== ''),
  );
  const result = schema.safeParse(set);
  if (result.success) return result.data;
  const names = [...new Set(result.error.issues.map(({ path }) => String(path[0])))];
  const complaints = names.map((name) => `${name} (or its option) must be ${expectations[name] ?? 'set'}`);
  throw new ConfigurationError(`${complaints.join('; ')}.`, {
    code: TemporalAuthErrorCode.invalidConfiguration,
  });
}
