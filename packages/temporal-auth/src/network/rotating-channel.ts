import { type ChannelInterface, connectivityState, credentials } from '@grpc/grpc-js';
import type { ConnectionOptions } from '@temporalio/client';
import type { ClientCertificate } from '@worker-auth/refresh-scheduler/certificate';
import type { ClientCertificates } from '@worker-auth/calls/network/client-certificates';
import { delegatingChannel, namelessChannel } from './nameless-channel.ts';
import type { Network } from '@worker-auth/calls/settings/network-settings';

/** Options that replace the gRPC channel with each new certificate. Returned unchanged when TLS is configured another way. */
export function withRotatingTls(
  options: ConnectionOptions,
  certificates: ClientCertificates | undefined,
  network: Network,
): ConnectionOptions {
  const { tls, credentials: given, channelArgs, callCredentials } = options;
  if (certificates === undefined || (tls ?? given) !== undefined) return options;
  const channelFactoryOverride: typeof namelessChannel = (address, _given, channelOptions) =>
    rotatingChannel(certificates, (certificate) => {
      const { cert, ca = network.certificates() } = certificate;
      const secured = credentials.createSsl(
        ca === undefined ? null : Buffer.from(ca),
        Buffer.from(certificate.privateKey()),
        Buffer.from(cert),
      );
      const all = credentials.combineChannelCredentials(secured, ...(callCredentials ?? []));
      return namelessChannel(address, all, channelOptions);
    });
  return {
    ...options,
    tls: certificates.tls(certificates.newest),
    channelArgs: { ...channelArgs, channelFactoryOverride },
  };
}

/** Calls that have begun go on where they are. */
function rotatingChannel(
  certificates: ClientCertificates,
  make: (certificate: ClientCertificate) => ChannelInterface,
): ChannelInterface {
  let current = make(certificates.newest);
  // To take the place of the current one as soon as it is connected: a certificate that the server does not take is no gain.
  let next: ChannelInterface | undefined;
  /** At once where the current one is not connected either, and so loses nothing. */
  const followUp = (channel: ChannelInterface): void => {
    if (next !== channel) return;
    const state = channel.getConnectivityState(true);
    const isLoss = current.getConnectivityState(false) === connectivityState.READY;
    if (state !== connectivityState.READY && isLoss) {
      channel.watchConnectivityState(state, Infinity, () => {
        followUp(channel);
      });
      return;
    }
    next = undefined;
    const before = current;
    current = channel;
    before.close();
  };
  const unsubscribe = certificates.subscribe(() => {
    const before = next;
    next = make(certificates.newest);
    before?.close();
    followUp(next);
  });
  return {
    ...delegatingChannel(() => current),
    close: () => {
      unsubscribe();
      const before = next;
      next = undefined;
      before?.close();
      current.close();
    },
  };
}
