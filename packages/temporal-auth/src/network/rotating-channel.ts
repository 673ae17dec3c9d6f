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

/** Calls that have begun go on where they are. */
class RotatingChannel implements ChannelInterface {
  readonly #certificates: ClientCertificates;
  readonly #make: (certificate: ClientCertificate) => ChannelInterface;
  readonly #unsubscribe: () => void;
  #fingerprint: string;
  #current: ChannelInterface;
  /** To take the place of the current one as soon as it is connected: a certificate that the server does not take is no gain. */
  #next: ChannelInterface | undefined;

  constructor(certificates: ClientCertificates, make: (certificate: ClientCertificate) => ChannelInterface) {
    const { newest } = certificates;
    this.#certificates = certificates;
    this.#make = make;
    this.#fingerprint = newest.fingerprint;
    this.#current = make(newest);
    this.#unsubscribe = certificates.onRead(() => {
      this.#look();
    });
  }

  createCall(
    ...call: Parameters<ChannelInterface['createCall']>
  ): ReturnType<ChannelInterface['createCall']> {
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
    this.#drop(undefined);
    this.#current.close();
  }

  #look(): void {
    const { newest } = this.#certificates;
    if (newest.fingerprint === this.#fingerprint) return;
    this.#fingerprint = newest.fingerprint;
    const next = this.#make(newest);
    this.#drop(next);
    this.#followUp(next);
  }

  /** At once where the current one is not connected either, and so loses nothing. */
  #followUp(next: ChannelInterface): void {
    if (this.#next !== next) return;
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

  #drop(next: ChannelInterface | undefined): void {
    const dropped = this.#next;
    this.#next = next;
    dropped?.close();
  }
}
