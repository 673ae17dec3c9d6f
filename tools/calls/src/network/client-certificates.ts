import { RefreshScheduler } from '@worker-auth/refresh-scheduler';
import type { GetTokenOptions, TokenSource } from '@worker-auth/token-manager';
import { certificateLease, type ClientCertificate } from '@worker-auth/refresh-scheduler/certificate';
import type { ConditionScope } from '../conditions/codes.ts';
import type { CommonSettings } from '../settings/auth-settings.ts';
import type { RotatingTls } from '../settings/auth-options.ts';
import { noOtherCertificate, notReady } from '../errors/own-errors.ts';
import { messageOf, translate } from '../errors/translate.ts';
import type { TlsConfig } from '../temporal.ts';

/** Share of its life that is left when a renewal is late: cert-manager renews at a third, SPIRE at a half. */
const lateShare = 0.1;

/** A certificate, kept as its files have it: each look at them is a renewal. Where no token is sent, its fingerprint stands for one. */
export class ClientCertificates extends RefreshScheduler<ClientCertificate> implements TokenSource {
  /** The one that was read last, over or not; `undefined` before the first. */
  known: ClientCertificate | undefined;
  readonly #serverNameOverride: string | undefined;

  /** @param scope of its conditions */
  constructor(
    tls: RotatingTls,
    settings: Pick<CommonSettings, 'clock' | 'random' | 'conditions'>,
    scope: ConditionScope = {},
  ) {
    const { clock, random, conditions } = settings;
    const { serverNameOverride, ...files } = tls;
    super({ ...certificateLease(files, { clock }), clock, random });
    this.#serverNameOverride = serverNameOverride;
    this.on('refreshed', ({ lease }) => {
      this.known = lease.value;
      const { notBefore, notAfter } = lease.value;
      const leftMs = notAfter.getTime() - clock.wallNow();
      conditions.clear('CERTIFICATE_EXPIRED', scope);
      if (leftMs < lateShare * (notAfter.getTime() - notBefore.getTime())) {
        const cause = `The files hold one that expires at ${notAfter.toISOString()}`;
        conditions.raise('CERTIFICATE_NOT_RENEWED', { scope, cause });
      } else conditions.clear('CERTIFICATE_NOT_RENEWED', scope);
    });
    this.on('refreshFailed', ({ error, nextAttemptInMs: retryInMs }) => {
      conditions.raise('CERTIFICATE_NOT_RENEWED', { scope, cause: messageOf(error), retryInMs });
    });
    this.on('leaseExpired', ({ lease }) => {
      const cause = `The files hold none that expires later than ${lease.value.notAfter.toISOString()}`;
      conditions.raise('CERTIFICATE_EXPIRED', { scope, cause });
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

  tls(certificate: ClientCertificate): TlsConfig {
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
