import type { LogLevel, LogMetadata, Logger } from '@temporalio/common';
import { systemClock } from '@worker-auth/inlined';
import { format } from 'node:util';

type Write = (level: LogLevel, message: string, meta?: LogMetadata) => void;

/** From which level on the default logger writes: as Temporal's own does. */
const written: readonly LogLevel[] = ['INFO', 'WARN', 'ERROR'];

/**
 * What logs when the user gave nothing: to stderr from level INFO on, each line as Temporal's `DefaultLogger` writes it. That one would
 * load the native worker.
 */
export function defaultLogger(): Logger {
  return loggerOver((level, message, meta) => {
    if (!written.includes(level)) return;
    const time = new Date(systemClock.wallNow()).toISOString();
    const text = meta === undefined ? '' : ` ${format(meta)}`;
    process.stderr.write(`${time} [${level}] ${message}${text}\n`);
  });
}

/** A logger that disturbs nobody: what `logger` throws, or rejects with, is dropped. */
export function harmless(logger: Logger): Logger {
  return loggerOver((level, message, meta) => {
    try {
      const outcome: unknown = logger.log(level, message, meta);
      Promise.resolve(outcome).catch(() => undefined);
    } catch {
      // Nobody is there to tell.
    }
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
