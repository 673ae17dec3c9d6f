import type { LogLevel, LogMetadata, Logger } from '@temporalio/common';
import { callSafely, systemClock } from '@worker-auth/internal';
import { createRequire } from 'node:module';
import { format } from 'node:util';

/**
 * Fields of Temporal's class `Runtime`. It has no public way to ask whether there is one: `instance()` makes one, after which
 * a program's own `Runtime.install` throws. Both fields are in its type declarations.
 */
interface RuntimeClass {
  readonly _instance?: { readonly logger?: Logger };
  /** What the last one was made with; it is kept when that ends with its last connection. */
  readonly defaultOptions?: { readonly logger?: Logger };
}

const require = createRequire(import.meta.url);

/**
 * What logs when the user gave nothing: each line to the logger of Temporal's Runtime, if there is one by then, so that a program has one
 * log. Else to stderr from level INFO on, as Temporal's `DefaultLogger` writes it; that one would load the native worker.
 */
export function defaultLogger(): Logger {
  return loggerOver((level, message, meta) => {
    const runtime = runtimeLogger();
    runtime?.log(level, message, meta);
    if (runtime !== undefined || level === 'TRACE' || level === 'DEBUG') return;
    const time = new Date(systemClock.wallNow()).toISOString();
    const text = meta === undefined ? '' : ` ${format(meta)}`;
    process.stderr.write(`${time} [${level}] ${message}${text}\n`);
  });
}

/** A logger that disturbs nobody: what `logger` throws, or rejects with, is dropped. */
export function harmless(logger: Logger): Logger {
  return loggerOver((level, message, meta) => {
    callSafely<unknown>(() => logger.log(level, message, meta), undefined);
  });
}

/** The logger of Temporal's Runtime, when the program has loaded `@temporalio/worker` and a Runtime is or was there. Creates neither. */
export function runtimeLogger(): Logger | undefined {
  // It may not be installed.
  const loaded = callSafely(() => require.cache[require.resolve('@temporalio/worker')], undefined);
  const { Runtime } = (loaded?.exports ?? {}) as { readonly Runtime?: RuntimeClass };
  return Runtime?._instance?.logger ?? Runtime?.defaultOptions?.logger;
}

function loggerOver(write: (level: LogLevel, message: string, meta?: LogMetadata) => void): Logger {
  const at = (level: LogLevel) => write.bind(undefined, level);
  return {
    log: write,
    ...{ trace: at('TRACE'), debug: at('DEBUG'), info: at('INFO'), warn: at('WARN'), error: at('ERROR') },
  };
}
