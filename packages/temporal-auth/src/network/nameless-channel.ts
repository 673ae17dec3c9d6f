import { Channel, type ChannelCredentials, type ChannelInterface, type ChannelOptions } from '@grpc/grpc-js';
import type { ConnectionOptions } from '@temporalio/client';
import { isIP } from 'node:net';
import { bareHost } from '../settings/host.ts';
import { readAddress } from './routed-options.ts';

/** Options of a client connection whose TLS asks no server at an address for its name. A channel of the user's own stays. */
export function withNamelessChannel(options: ConnectionOptions): ConnectionOptions {
  const { address = 'localhost', tls, channelArgs } = options;
  if (tls === false || isIP(bareHost(readAddress(address).hostname)) === 0) return options;
  return { ...options, channelArgs: { channelFactoryOverride: namelessChannel, ...channelArgs } };
}

/**
 * A channel whose TLS asks for no server name where the server is reached by an address, which is no name (RFC 6066 section 3). grpc-js asks for the
 * address, and Node warns of that (DEP0123). grpc-js before version 1.13 cannot be told otherwise.
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
