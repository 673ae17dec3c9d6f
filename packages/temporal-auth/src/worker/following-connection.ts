import type { NativeConnection } from '@temporalio/worker';

/**
 * A connection for whoever keeps one for longer than it is there: each call is made on the one that is in place then. What
 * `withMetadata` and its like set holds for the connection on which they were called.
 */
export function followingConnection(current: () => NativeConnection): NativeConnection {
  return new Proxy<NativeConnection>(Object.create(null) as NativeConnection, {
    get: (_target, key) => {
      const connection = current();
      const value: unknown = Reflect.get(connection, key, connection);
      return typeof value === 'function' ? (value.bind(connection) as unknown) : value;
    },
  });
}
