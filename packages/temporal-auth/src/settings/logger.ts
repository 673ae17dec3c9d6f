import type { LogLevel, LogMetadata, Logger } from '@temporalio/common';
import { callSafely, systemClock } from '@worker-auth/inlined';
import { format } from 'node:util';
import { runtimeLogger } from './runtime-logger.ts';

type Write = (level: LogLevel, message: string, meta?: LogMetadata) => void;

/** From which level on the default logger writes: as Temporal's own does. */
const written: readonly LogLevel[] = ['INFO', 'WARN', 'ERROR'];

/**
 * What logs when the user gave nothing: each line to the logger of Temporal's Runtime, if there is one by then, so that a program has one
 * log. Else to stderr from level INFO on, as Temporal's `DefaultLogger` writes it; that one would load the native worker.
 */
export function defaultLogger(): Logger {
  return loggerOver((level, message, meta) => {
    const runtime = runtimeLogger();
    if (runtime !== undefined) {
      runtime.log(level, message, meta);
      return;
    }
    if (!written.includes(level)) return;
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

function loggerOver(write: Write): Logger {
  const at =
    (level: LogLevel) =>
    (message: string, meta?: LogMetadata): void => {
      write(level, message, meta);
    };
  return {
    log: write,
    trace: at('TRACE'),
    debug: at('DEBUG'),
    info: at('INFO'),
    warn: at('WARN'),
    error: at('ERROR'),
  };
}
