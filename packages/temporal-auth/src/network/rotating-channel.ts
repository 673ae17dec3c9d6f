import {
  type ChannelCredentials,
  type ChannelInterface,
  type ChannelOptions,
  connectivityState,
  credentials,
} from '@grpc/grpc-js';
import type { ConnectionOptions } from '@temporalio/client';
import type { ClientCertificate } from '@worker-auth/refresh-scheduler/certificate';
import type { ClientCertificates } from './client-certificates.ts';
import { namelessChannel } from './nameless-channel.ts';
import type { Network } from '../settings/network.ts';

/**
 * Options of a client connection whose certificate rotates. Returned unchanged when TLS is configured another way. A new certificate replaces the
 * gRPC channel; Temporal's client keeps its connection.
 */
export function withRotatingTls(
  options: ConnectionOptions,
  certificates: ClientCertificates | undefined,
  network: Network,
): ConnectionOptions {
  const { tls, credentials: given, channelArgs, callCredentials } = options;
  if (certificates === undefined || (tls ?? given) !== undefined) return options;
  const channelFactoryOverride = (
    address: string,
    _given: ChannelCredentials,
    channelOptions: ChannelOptions,
  ): ChannelInterface =>
    new RotatingChannel(certificates, (certificate) => {
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

type CreateCall = ChannelInterface['createCall'];

/** Calls that have begun go on where they are. */
class RotatingChannel implements ChannelInterface {
  readonly #unsubscribe: () => void;
  #current: ChannelInterface;
  /** To take the place of the current one as soon as it is connected: a certificate that the server does not take is no gain. */
  #next: ChannelInterface | undefined;

  constructor(certificates: ClientCertificates, make: (certificate: ClientCertificate) => ChannelInterface) {
    let presented = certificates.newest;
    this.#current = make(presented);
    this.#unsubscribe = certificates.onRead(() => {
      if (certificates.newest.fingerprint === presented.fingerprint) return;
      presented = certificates.newest;
      this.#putNext(make(presented));
    });
  }

  createCall(...call: Parameters<CreateCall>): ReturnType<CreateCall> {
    return this.#current.createCall(...call);
  }

  getTarget(): string {
    return this.#current.getTarget();
  }

  getConnectivityState(tryToConnect: boolean): connectivityState {
    return this.#current.getConnectivityState(tryToConnect);
  }

  watchConnectivityState(...watch: Parameters<ChannelInterface['watchConnectivityState']>): void {
    this.#current.watchConnectivityState(...watch);
  }

  getChannelzRef(): ReturnType<ChannelInterface['getChannelzRef']> {
    return this.#current.getChannelzRef();
  }

  close(): void {
    this.#unsubscribe();
    this.#putNext(undefined);
    this.#current.close();
  }

  #putNext(next: ChannelInterface | undefined): void {
    const before = this.#next;
    this.#next = next;
    before?.close();
    this.#followUp(next);
  }

  /** At once where the current one is not connected either, and so loses nothing. */
  #followUp(next: ChannelInterface | undefined): void {
    if (next === undefined || this.#next !== next) return;
    const state = next.getConnectivityState(true);
    const isLoss = this.#current.getConnectivityState(false) === connectivityState.READY;
    if (state !== connectivityState.READY && isLoss) {
      next.watchConnectivityState(state, Infinity, () => {
        this.#followUp(next);
      });
      return;
    }
    this.#next = undefined;
    const before = this.#current;
    this.#current = next;
    before.close();
  }
}
