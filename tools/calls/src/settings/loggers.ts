import type { LogLevel, Logger } from '../temporal.ts';
import { callSafely, systemClock } from '@worker-auth/internal';
import { inspect } from 'node:util';
import { loadedWorker } from './peers.ts';

/** In Temporal's type declarations. There is no public way to ask for a Runtime: `instance()` makes one, and `install` throws then. */
interface RuntimeClass {
  readonly _instance?: { readonly logger?: Logger };
  /** What the last one was made with; it is kept when that ends with its last connection. */
  readonly defaultOptions?: { readonly logger?: Logger };
}

export const silentLogger = loggerOver(() => undefined);

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
export function harmless(logger = defaultLogger()): Logger {
  return loggerOver((level, message, meta) => {
    callSafely<unknown>(() => logger.log(level, message, meta), undefined);
  });
}

export function loggerOver(write: Logger['log']): Logger {
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

/** That of a Runtime which the program made, if any. Loads nothing, and makes none. */
function runtimeLogger(): Logger | undefined {
  const { Runtime } = (loadedWorker() ?? {}) as { readonly Runtime?: RuntimeClass };
  return Runtime?._instance?.logger ?? Runtime?.defaultOptions?.logger;
}
