import type { ConnectionOptions } from '@temporalio/client';
import { handled } from '@worker-auth/internal';
import { Emitter, RefreshScheduler } from '@worker-auth/refresh-scheduler';
import type { TokenSource } from '@worker-auth/token-manager';
import { certificateLease, type ClientCertificate } from '@worker-auth/refresh-scheduler/certificate';
import type { CommonSettings } from '../settings/auth-settings.ts';
import type { RotatingTls } from '../settings/tls-options.ts';
import { noOtherCertificate, notReady } from '../errors/own-errors.ts';
import { messageOf } from '../errors/kind-of-error.ts';
import { translate } from '../errors/translate.ts';

/** The client certificate of a program, kept as its files have it. */
export class ClientCertificates {
  readonly #scheduler: RefreshScheduler<ClientCertificate>;
  readonly #serverNameOverride: string | undefined;
  readonly #emitter = new Emitter<{ read: undefined }>();
  #newest: ClientCertificate | undefined;
  #complaint: string | undefined;

  /** @throws TypeError for what are no names of files */
  constructor(tls: RotatingTls, settings: Pick<CommonSettings, 'clock' | 'random' | 'logger'>) {
    const { clock, random, logger } = settings;
    const { serverNameOverride, ...files } = tls;
    this.#scheduler = new RefreshScheduler({ ...certificateLease(files, { clock }), clock, random });
    this.#serverNameOverride = serverNameOverride;
    this.#scheduler.on('renewed', ({ lease: { value } }) => {
      this.#complaint = undefined;
      this.#newest = value;
      this.#emitter.emit('read', undefined);
    });
    this.#scheduler.on('renewalFailed', ({ error }) => {
      const complaint = messageOf(error);
      if (complaint === this.#complaint) return;
      this.#complaint = complaint;
      logger.warn(`The client certificate is not renewed: ${complaint}`);
    });
    this.#scheduler.on('leaseExpired', ({ lease }) => {
      logger.error('The client certificate has expired, and there is no other', {
        notAfter: lease.value.notAfter,
      });
    });
  }

  /**
   * The one that was read last, over or not.
   *
   * @throws ConfigurationError before the first
   */
  get newest(): ClientCertificate {
    if (this.#newest === undefined) throw notReady('client certificate');
    return this.#newest;
  }

  /** The one that was read last, over or not; `undefined` before the first. */
  get known(): ClientCertificate | undefined {
    return this.#newest;
  }

  /** Whether there is one whose life is not over. */
  get isGood(): boolean {
    return this.#scheduler.lease !== undefined;
  }

  /**
   * Resolves to the one that there is, or else reads the files.
   *
   * @throws ConfigurationError for files that cannot be used; the signal's reason
   */
  async ready(signal?: AbortSignal): Promise<ClientCertificate> {
    try {
      return this.isGood ? this.newest : await this.load(signal);
    } catch (error) {
      // Files are read without any token.
      throw translate(error, { tokens: [], signal });
    }
  }

  /**
   * Reads the files.
   *
   * @throws CertificateError; the signal's reason
   */
  async load(signal?: AbortSignal): Promise<ClientCertificate> {
    const { value } = await this.#scheduler.renewNow({ signal });
    return value;
  }

  /** Goes on reading them in the background, until {@link ClientCertificates.stop}. */
  start(): void {
    this.#scheduler.start();
  }

  /** Something happened that another certificate may be the remedy for. */
  lookNow(): void {
    void handled(this.#scheduler.renewNow());
  }

  /** Calls `listener` each time the files were read. Compare {@link ClientCertificates.newest} to see whether the certificate is another one. */
  onRead(listener: () => void): () => void {
    return this.#emitter.on('read', listener);
  }

  /** Ends it for good. */
  stop(): Promise<void> {
    return this.#scheduler.stop();
  }

  /** TLS with a certificate, as Temporal's connections take it. */
  tls(certificate: ClientCertificate): Extract<ConnectionOptions['tls'], object> {
    const { cert, ca } = certificate;
    return {
      ...(this.#serverNameOverride !== undefined && { serverNameOverride: this.#serverNameOverride }),
      ...(ca !== undefined && { serverRootCACertificate: Buffer.from(ca) }),
      clientCertPair: { crt: Buffer.from(cert), key: Buffer.from(certificate.privateKey()) },
    };
  }
}

/** In place of tokens, where the client certificate alone says who is calling: each certificate stands for one, by its fingerprint. */
export function certificateAsToken(certificates: ClientCertificates): TokenSource {
  const peek = (): string | undefined => (certificates.isGood ? certificates.newest.fingerprint : undefined);
  return {
    peek,
    getToken: async ({ rejectedToken, signal } = {}) => {
      const { fingerprint } = await certificates.load(signal);
      if (fingerprint === rejectedToken) throw noOtherCertificate();
      return fingerprint;
    },
    subscribe: (listener) => {
      let last = peek();
      return certificates.onRead(() => {
        const { fingerprint } = certificates.newest;
        if (fingerprint !== last) listener(fingerprint);
        last = fingerprint;
      });
    },
  };
}
