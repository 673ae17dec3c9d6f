import type { Environment } from '@worker-auth/internal';
import { invalidSetting } from '../named-setting.ts';

const defaultPort = 3500;

const variables = ['DAPR_HTTP_ENDPOINT', 'DAPR_HTTP_PORT', 'DAPR_API_TOKEN'] as const;

type DaprEnvironment = Partial<Record<(typeof variables)[number], string>>;

/** Where a sidecar is, and the token it asks for. */
export interface DaprEndpoint {
  /** Without a slash at its end. */
  readonly url: string;
  readonly apiToken: string | undefined;
}

/** Options over {@link Environment} for {@link readEndpoint}. */
export interface EndpointOptions {
  readonly env?: Environment | undefined;
  readonly endpoint?: string | undefined;
  readonly apiToken?: string | undefined;
}

/**
 * The sidecar's address: `endpoint`, else `DAPR_HTTP_ENDPOINT`, else `DAPR_HTTP_PORT` on 127.0.0.1, else port 3500.
 * The token: `apiToken`, else `DAPR_API_TOKEN`.
 *
 * @throws InvalidSettingError that names the option or variable, never a token's content
 */
export function readEndpoint(options: EndpointOptions): DaprEndpoint {
  const env = readEnvironment(options.env ?? process.env);
  const apiToken = options.apiToken ?? env.DAPR_API_TOKEN;
  if (apiToken !== undefined && !/^[\x21-\x7e]+$/.test(apiToken)) {
    const name = options.apiToken === undefined ? 'DAPR_API_TOKEN' : 'apiToken';
    throw invalidSetting(name, 'a token of visible ASCII characters');
  }
  return { url: readUrl(options.endpoint, env), apiToken };
}

/** Programs without a compiler may give a port as a number. */
function readEnvironment(env: Environment): DaprEnvironment {
  const bad = variables.filter((name) => !['string', 'undefined'].includes(typeof env[name]));
  if (bad.length > 0) throw invalidSetting(bad.join(' and '), 'text');
  return Object.fromEntries(variables.map((name) => [name, env[name]?.trim() || undefined]));
}

function readUrl(endpoint: string | undefined, env: DaprEnvironment): string {
  if (endpoint !== undefined) return parseUrl('endpoint', endpoint);
  if (env.DAPR_HTTP_ENDPOINT !== undefined) return parseUrl('DAPR_HTTP_ENDPOINT', env.DAPR_HTTP_ENDPOINT);
  const port = env.DAPR_HTTP_PORT === undefined ? defaultPort : Number(env.DAPR_HTTP_PORT);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw invalidSetting('DAPR_HTTP_PORT', 'a port from 1 to 65535');
  }
  return `http://127.0.0.1:${port}`;
}

function parseUrl(name: string, text: string): string {
  const address = text.includes('://') ? text : `http://${text}`;
  // Node 22.0 has no `URL.parse`.
  const url = URL.canParse(address) ? new URL(address) : null;
  const isUsable =
    url !== null &&
    (url.protocol === 'http:' || url.protocol === 'https:') &&
    `${url.username}${url.password}${url.search}${url.hash}` === '';
  if (!isUsable) {
    throw invalidSetting(
      name,
      'an http or https URL without user, query and fragment, such as http://127.0.0.1:3500',
    );
  }
  return url.href.replace(/\/+$/, '');
}
