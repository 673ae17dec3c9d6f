import type { NativeConnection } from '@temporalio/worker';
import { PushedConnection, type PushOptions } from './pushed-connection.ts';

interface Attachment {
  readonly tokens: PushOptions<NativeConnection>['tokens'];
  readonly pushed: PushedConnection<NativeConnection>;
}

const attachments = new WeakMap<NativeConnection, Attachment>();

/** Whether somebody tells the connection of tokens. */
export function isAttached(connection: NativeConnection): boolean {
  return attachments.get(connection)?.pushed.isClosed === false;
}

/**
 * Has a connection told of each token by one alone, however often that is asked for: two would not know of each other which token the
 * connection holds, nor wait until the old one was probed.
 *
 * @throws TypeError when it is told of the tokens of another source
 */
export function attachOnce(options: PushOptions<NativeConnection>): PushedConnection<NativeConnection> {
  const { connection, tokens, onPushFailed } = options;
  const known = attachments.get(connection);
  if (known === undefined || known.pushed.isClosed) {
    const pushed = new PushedConnection(options);
    attachments.set(connection, { tokens, pushed });
    return pushed;
  }
  if (known.tokens !== tokens) {
    throw new TypeError(
      'The connection is told of the tokens of another source: detach() it from that one first',
    );
  }
  known.pushed.onPushFailed(onPushFailed);
  return known.pushed;
}
