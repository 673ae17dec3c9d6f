/** Types of Temporal's SDK, as it declares them: what is shared needs none of it. */

export type LogLevel = 'TRACE' | 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';

type LogMetadata = Record<string | symbol, unknown>;

/** `Logger` of `@temporalio/common`. */
export interface Logger {
  log(level: LogLevel, message: string, meta?: LogMetadata): unknown;
  trace(message: string, meta?: LogMetadata): unknown;
  debug(message: string, meta?: LogMetadata): unknown;
  info(message: string, meta?: LogMetadata): unknown;
  warn(message: string, meta?: LogMetadata): unknown;
  error(message: string, meta?: LogMetadata): unknown;
}

/** `TLSConfig` of `@temporalio/client`. */
export interface TlsConfig {
  /** The name that the server's certificate is for, where that is not the host. */
  serverNameOverride?: string;
  /** The certificates of the authorities that are trusted, in PEM form. Default the host's. */
  serverRootCACertificate?: Uint8Array;
  /** The client certificate and its key, in PEM form. */
  clientCertPair?: { crt: Uint8Array; key: Uint8Array };
}
