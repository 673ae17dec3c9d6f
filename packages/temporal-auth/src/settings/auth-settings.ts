import type { LogLevel, LogMetadata, Logger } from '@temporalio/common';
import { callSafely, type Clock, type Environment, systemClock } from '@worker-auth/internal';
import { readTokenUrl, type TokenManagerOptions } from '@worker-auth/token-manager';
import { inspect } from 'node:util';
import { settingRefused } from '../errors/own-errors.ts';
import type { AtlanAuthClientOptions } from './auth-options.ts';
import { type Network, readNetwork } from './network.ts';
import { loadedWorker } from './peers.ts';
import { type Format, readAll, refuseBoth } from './setting-reader.ts';

export interface CommonSettings {
  readonly env: Environment;
  readonly clock: Clock;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** Throws nothing. */
  readonly logger: Logger;
  /** Read when first asked for: with authentication switched off an `AtlanAuthClient` needs none. */
  readonly network: Network;
}

/** Where tokens are got: at most one of the two; with neither, the credentials name the endpoint (`atlan_auth_url`). */
export type TokenEndpointSetting = Pick<TokenManagerOptions, 'tokenUrl' | 'issuer'>;

/** In Temporal's type declarations. There is no public way to ask for a Runtime: `instance()` makes one, and `install` throws then. */
interface RuntimeClass {
  readonly _instance?: { readonly logger?: Logger };
  /** What the last one was made with; it is kept when that ends with its last connection. */
  readonly defaultOptions?: { readonly logger?: Logger };
}

const yesOrNo: Format<boolean> = {
  parse: (text) => {
    const isOn = /^(?:true|1|yes|y|on|enabled)$/i.test(text);
    return isOn || /^(?:false|0|no|n|off|disabled)$/i.test(text) ? isOn : undefined;
  },
  expected: 'true or false',
};

export function readCommonSettings(options: AtlanAuthClientOptions): CommonSettings {
  const { env = process.env, token } = options;
  let network: Network | undefined;
  return {
    env,
    clock: token?.clock ?? systemClock,
    random: token?.random ?? Math.random,
    logger: harmless(options.logger ?? defaultLogger()),
    get network() {
      return (network ??= readNetwork(options, env));
    },
  };
}

export function readApplicationName({ applicationName }: AtlanAuthClientOptions, env: Environment): string {
  if (applicationName !== undefined && (typeof applicationName !== 'string' || applicationName.trim() === ''))
    throw new TypeError('applicationName must not be empty: it names the credentials and the task queue');
  const variable = 'ATLAN_APPLICATION_NAME';
  const anyText: Format<string> = { parse: (text) => text, expected: 'the name of the application' };
  const found =
    applicationName ?? readAll(env, (read) => read('applicationName', undefined, anyText, variable));
  if (found !== undefined) return found;
  throw settingRefused(
    `The application has no name: give applicationName, or set ${variable}. It names the credentials and the task queue.`,
  );
}

/** `undefined` where nothing says so: then it is off. `ATLAN_AUTH_ENABLED` is what newer versions of the Python original call it. */
export function readAuthEnabled(
  { authEnabled }: AtlanAuthClientOptions,
  env: Environment,
): boolean | undefined {
  const variables = ['ATLAN_WORKFLOW_AUTH_ENABLED', 'ATLAN_AUTH_ENABLED'];
  return readAll(env, (read) => read('authEnabled', authEnabled, yesOrNo, ...variables));
}

/** `authUrl`, else that of the token manager's options (a provider's preset has one), else that of the environment. */
export function readTokenEndpoint(options: AtlanAuthClientOptions, env: Environment): TokenEndpointSetting {
  const { authUrl, token = {} } = options;
  const { tokenUrl, issuer, allowInsecureHttp = false } = token;
  if (authUrl !== undefined) refuseBoth('authUrl', { tokenUrl, issuer }, 'token.');
  if (tokenUrl !== undefined || issuer !== undefined) return { tokenUrl, issuer };
  const variables = ['ATLAN_WORKFLOW_AUTH_URL', 'ATLAN_AUTH_URL'];
  const format: Format<string> = {
    parse: (text) => ('url' in readTokenUrl(text, allowInsecureHttp) ? text : undefined),
    expected:
      'the https URL of the token endpoint, with neither user information nor fragment' +
      (allowInsecureHttp ? '' : ' (http only to this host itself)'),
  };
  return { tokenUrl: readAll(env, (read) => read('authUrl', authUrl, format, ...variables)) };
}

/**
 * Each line to the logger of Temporal's Runtime, if there is one by then, so that a program has one log. Else to stderr from level INFO on, as
 * Temporal's `DefaultLogger` writes it; that one would load the native worker.
 */
export function defaultLogger(): Logger {
  return loggerOver((level, message, meta) => {
    const runtime = runtimeLogger();
    runtime?.log(level, message, meta);
    if (runtime !== undefined || level === 'TRACE' || level === 'DEBUG') return;
    const time = new Date(systemClock.wallNow()).toISOString();
    // One line an event, however long a path in it is.
    const text = meta === undefined ? '' : ` ${inspect(meta, { breakLength: Infinity })}`;
    process.stderr.write(`${time} [${level}] ${message}${text}\n`);
  });
}

/** A logger that disturbs nobody: what `logger` throws, or rejects with, is dropped. */
export function harmless(logger: Logger): Logger {
  return loggerOver((level, message, meta) => {
    callSafely<unknown>(() => logger.log(level, message, meta), undefined);
  });
}

/** When the program has loaded `@temporalio/worker`, and a Runtime is or was there. Creates neither. */
export function runtimeLogger(): Logger | undefined {
  const { Runtime } = (loadedWorker() ?? {}) as { readonly Runtime?: RuntimeClass };
  return Runtime?._instance?.logger ?? Runtime?.defaultOptions?.logger;
}

function loggerOver(write: (level: LogLevel, message: string, meta?: LogMetadata) => void): Logger {
  const at = (level: LogLevel) => write.bind(undefined, level);
  return {
    log: write,
    ...{ trace: at('TRACE'), debug: at('DEBUG'), info: at('INFO'), warn: at('WARN'), error: at('ERROR') },
  };
}
