import type { LogLevel, LogMetadata, Logger } from '@temporalio/common';

/** One line of a log. */
export interface LogLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly meta: LogMetadata | undefined;
}

/** A logger that keeps what it is given. */
export interface RecordingLogger {
  readonly logger: Logger;
  readonly lines: readonly LogLine[];
  /** Level and message of every line. */
  text(): string;
}

/** @param onLine called with each line, inside the call of the logger */
export function recordingLogger(onLine: (line: LogLine) => unknown = () => undefined): RecordingLogger {
  const lines: LogLine[] = [];
  const log = (level: LogLevel, message: string, meta?: LogMetadata): unknown => {
    const line = { level, message, meta };
    lines.push(line);
    return onLine(line);
  };
  const at = (level: LogLevel) => (message: string, meta?: LogMetadata) => log(level, message, meta);
  return {
    logger: {
      log,
      trace: at('TRACE'),
      debug: at('DEBUG'),
      info: at('INFO'),
      warn: at('WARN'),
      error: at('ERROR'),
    },
    lines,
    text: () => lines.map(({ level, message }) => `${level} ${message}`).join('\n'),
  };
}
