import type { ConnectionOptions } from '@temporalio/client';
import { RefreshScheduler } from '@worker-auth/refresh-scheduler';
import type { GetTokenOptions, TokenSource } from '@worker-auth/token-manager';
import { certificateLease, type ClientCertificate } from '@worker-auth/refresh-scheduler/certificate';
import type { CommonSettings } from '../settings/auth-settings.ts';
import type { RotatingTls } from '../settings/auth-options.ts';
import { noOtherCertificate, notReady } from '../errors/own-errors.ts';
import { messageOf, translate } from '../errors/translate.ts';

/** A client certificate, kept as its files have it: each look at them is a renewal. Where no token is sent, its fingerprint stands for one. */
export class ClientCertificates extends RefreshScheduler<ClientCertificate> implements TokenSource {
  /** The one that was read last, over or not; `undefined` before the first. */
  known: ClientCertificate | undefined;
  readonly #serverNameOverride: string | undefined;

  constructor(tls: RotatingTls, settings: Pick<CommonSettings, 'clock' | 'random' | 'logger'>) {
    const { clock, random, logger } = settings;
    const { serverNameOverride, ...files } = tls;
    super({ ...certificateLease(files, { clock }), clock, random });
    let complaint: string | undefined;
    this.#serverNameOverride = serverNameOverride;
    this.on('refreshed', ({ lease }) => {
      complaint = undefined;
      this.known = lease.value;
    });
    this.on('refreshFailed', ({ error }) => {
      if (complaint === messageOf(error)) return;
      complaint = messageOf(error);
      logger.warn(`The client certificate is not renewed: ${complaint}`);
    });
    this.on('leaseExpired', ({ lease }) => {
      const { notAfter } = lease.value;
      logger.error('The client certificate has expired, and there is no other', { notAfter });
    });
  }

  /** @throws ConfigurationError before the first */
  get newest(): ClientCertificate {
    if (this.known === undefined) throw notReady('client certificate');
    return this.known;
  }

  /** Resolves to the one that there is, or else reads the files. */
  async ready(signal?: AbortSignal): Promise<ClientCertificate> {
    try {
      return (this.lease ?? (await this.refreshNow({ signal }))).value;
    } catch (error) {
      // Files are read without any token.
      throw translate(error, { tokens: [], signal });
    }
  }

  tls(certificate: ClientCertificate): Extract<ConnectionOptions['tls'], object> {
    const { cert, ca } = certificate;
    return {
      ...(this.#serverNameOverride !== undefined && { serverNameOverride: this.#serverNameOverride }),
      ...(ca !== undefined && { serverRootCACertificate: Buffer.from(ca) }),
      clientCertPair: { crt: Buffer.from(cert), key: Buffer.from(certificate.privateKey()) },
    };
  }

  peek(): string | undefined {
    return this.lease?.value.fingerprint;
  }

  async getToken({ rejectedToken, signal }: GetTokenOptions = {}): Promise<string> {
    const { fingerprint } = (await this.refreshNow({ signal })).value;
    if (fingerprint === rejectedToken) throw noOtherCertificate();
    return fingerprint;
  }

  subscribe(listener: (fingerprint: string) => void): () => void {
    let last = this.known?.fingerprint;
    return this.on('refreshed', () => {
      const { fingerprint } = this.newest;
      if (fingerprint !== last) listener(fingerprint);
      last = fingerprint;
    });
  }
}
