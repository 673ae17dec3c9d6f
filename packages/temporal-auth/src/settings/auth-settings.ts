import type { LogLevel, LogMetadata, Logger } from '@temporalio/common';
import { callSafely, type Clock, type Environment, systemClock } from '@worker-auth/internal';
import type { FetchLike } from '@worker-auth/token-manager';
import { inspect } from 'node:util';
import { Conditions } from '../conditions/conditions.ts';
import type { AnyAuthOptions, CommonOptions } from './auth-options.ts';
import { type Network, readNetwork } from './network-settings.ts';
import { loadedWorker } from './peers.ts';
import { readOne, type Row, setVariables } from './setting.ts';
import { elsewhere, identity } from './table.ts';

export interface CommonSettings {
  readonly env: Environment;
  readonly clock: Clock;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** Throws nothing. */
  readonly logger: Logger;
  /** What is wrong, of one client or plugin. */
  readonly conditions: Conditions;
  /** Read when first asked for: with authentication switched off an `AtlanAuthClient` needs none. */
  readonly network: Network;
  /** The user's own, for token requests. */
  readonly fetch: FetchLike | undefined;
}

/** Whether tokens are used, and who says so. */
export interface Switch {
  readonly isOn: boolean;
  /** An option, a variable, or what is configured; `undefined` where nothing is. */
  readonly from: string | undefined;
  /** The first setting that says where tokens come from; `undefined` when there is none. */
  readonly configured: string | undefined;
}

/** In Temporal's type declarations. There is no public way to ask for a Runtime: `instance()` makes one, and `install` throws then. */
interface RuntimeClass {
  readonly _instance?: { readonly logger?: Logger };
  /** What the last one was made with; it is kept when that ends with its last connection. */
  readonly defaultOptions?: { readonly logger?: Logger };
}

/** Those of a platform, such as an Azure workload identity, are not among them. */
const ofCredentials = [
  ...[identity.clientId, identity.clientSecret, identity.clientSecretFile, identity.tokenFile],
  ...[identity.privateKeyFile, identity.assertionFile],
];

/** They say where credentials are used or looked for, and not that there are any. */
const besideCredentials = [identity.tokenUrl, identity.issuer, elsewhere.component, elsewhere.secretName];

export function readCommonSettings(options: CommonOptions): CommonSettings {
  const { env = process.env, clock = systemClock, random = Math.random, fetch } = options;
  let network: Network | undefined;
  const logger = harmless(options.logger ?? defaultLogger());
  return {
    env,
    clock,
    random,
    fetch,
    logger,
    conditions: new Conditions(clock, logger),
    get network() {
      return (network ??= readNetwork(options, env));
    },
  };
}

/** An option, else a variable, else whether credentials are configured. */
export function readSwitch(
  { authEnabled, clientId, clientSecret, credentials, authUrl }: AnyAuthOptions,
  env: Environment,
  application: string | undefined,
): Switch {
  const first = (given: object, settings: readonly Row[]): string | undefined => {
    const [option] = Object.entries(given).find(([, value]) => value !== undefined) ?? [];
    const variables = settings.flatMap((setting) => setting.variables);
    return option === undefined ? setVariables({ variables }, env, application)[0]?.name : `option ${option}`;
  };
  const found = first({ clientId, clientSecret, credentials }, ofCredentials);
  const said = readOne(env, identity.enabled, authEnabled);
  return {
    isOn: said?.value ?? found !== undefined,
    from: said?.from ?? found,
    configured: found ?? first({ authUrl }, besideCredentials),
  };
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

/** That of a Runtime which the program made, if any. Loads nothing, and makes none. */
function runtimeLogger(): Logger | undefined {
  const { Runtime } = (loadedWorker() ?? {}) as { readonly Runtime?: RuntimeClass };
  return Runtime?._instance?.logger ?? Runtime?.defaultOptions?.logger;
}

function loggerOver(write: (level: LogLevel, message: string, meta?: LogMetadata) => void): Logger {
  const at = (level: LogLevel) => write.bind(undefined, level);
  return {
    log: write,
    trace: at('TRACE'),
    debug: at('DEBUG'),
    info: at('INFO'),
    warn: at('WARN'),
    error: at('ERROR'),
  };
}
