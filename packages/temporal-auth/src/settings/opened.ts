import type { Clock, Environment } from '@worker-auth/internal';
import type { CertificateFiles } from '@worker-auth/refresh-scheduler/certificate';
import type { DiscoverCredentialsOptions, WaitingListener } from '@worker-auth/secret-store';
import type { ApplicationCredentialSource } from './auth-options.ts';
import type { Server } from './server.ts';

/** In what credentials are opened. */
export interface OpeningContext {
  readonly env: Environment;
  readonly clock: Clock;
  /** Called while a sidecar is waited for. */
  readonly onWaiting: WaitingListener;
  /** How long a sidecar is waited for, and one of its responses. Default as `daprStore` waits. */
  readonly sidecarTimeoutMs?: number | undefined;
  /** Whether others are asked after these. Default false. */
  readonly isInChain?: boolean;
}

/** A client, and where it requests tokens. */
export interface OpenedClient extends Server {
  /** @throws for settings of the source that make no sense */
  readonly source: () => ApplicationCredentialSource;
  /** Whether the source is of the user's own, and may throw anything. Default false. */
  readonly isForeign?: boolean;
  /** Of a client that proves itself by it. */
  readonly certificate?: Pick<CertificateFiles, 'certFile' | 'keyFile'> | undefined;
  /** Where a secret is looked for. */
  readonly discovery?: DiscoverCredentialsOptions;
}

/** What credentials come to: a client, or a file that has the token itself, with what names that. */
export type Opened = OpenedClient | { readonly file: string; readonly from: string };

export function discoveryOf(
  applicationName: string,
  { env, clock, onWaiting, sidecarTimeoutMs: timeoutMs }: OpeningContext,
  order: DiscoverCredentialsOptions['order'],
): DiscoverCredentialsOptions {
  const dapr = { onWaiting, startupTimeoutMs: timeoutMs, requestTimeoutMs: timeoutMs };
  return { applicationName, env, clock, order, dapr };
}
