import type { NativeConnection } from '@temporalio/worker';
import type { TokenReplacement } from '@worker-auth/calls/tokens/token-replacement';
import type { ProbeResultKind } from '@worker-auth/calls/conditions/worker-events';

/** What Temporal says of a token in each namespace; `undefined` where no worker has one. */
export type ProbeResultKinds = ReadonlyMap<string | undefined, ProbeResultKind>;

export interface ConnectionTokenOptions {
  readonly connection: NativeConnection;
  readonly replacement: TokenReplacement;
  /** Of Temporal; `undefined` where it was opened without the plugin. */
  readonly address?: string | undefined;
  /** The token that the connection was opened with, and Temporal accepted; `undefined` for none. */
  readonly opened: string | undefined;
  /** Whether the tokens are API keys, and not certificates by their fingerprints. */
  readonly isPushed: boolean;
  /** Tries a token, or the connection's own, by a call on this connection in each namespace of its workers. Has a deadline of its own. */
  readonly tryToken: (connection: NativeConnection, token: string | undefined) => Promise<ProbeResultKinds>;
  /** Called when a new token is rejected, by some namespaces or by all, and the one before stays: once until a new one is in use. */
  readonly onKept: (isOfSome: boolean) => void;
  readonly onFailed: (error: unknown) => void;
}
