import { Channel, type ChannelCredentials, type ChannelInterface, type ChannelOptions } from '@grpc/grpc-js';
import { isIP } from 'node:net';

/**
 * A channel whose TLS asks for no server name where the server is reached by an address, which is no name (RFC 6066 section 3). By itself grpc-js asks for the
 * address, and Node warns of that (DEP0123). grpc-js before version 1.13 knows no other way.
 */
export function namelessChannel(
  address: string,
  credentials: ChannelCredentials,
  options: ChannelOptions,
): ChannelInterface {
  const nameless = Object.create(credentials) as ChannelCredentials;
  nameless._createSecureConnector = (...target) => {
    const connector = credentials._createSecureConnector(...target);
    const { connectionOptions } = connector as {
      readonly connectionOptions?: { servername?: string | undefined };
    };
    if (isIP(connectionOptions?.servername ?? '') !== 0) delete connectionOptions?.servername;
    return connector;
  };
  return new Channel(address, nameless, options);
}

/** The channel of the moment, as grpc-js asks for it. */
export function delegatingChannel(current: () => ChannelInterface): ChannelInterface {
  return {
    createCall: (...call) => current().createCall(...call),
    getTarget: () => current().getTarget(),
    getConnectivityState: (tryToConnect) => current().getConnectivityState(tryToConnect),
    watchConnectivityState: (...watch) => {
      current().watchConnectivityState(...watch);
    },
    getChannelzRef: () => current().getChannelzRef(),
    close: () => {
      current().close();
    },
  };
}
