/** A client certificate and its key, which fit. The key is shown by nothing that shows objects. */
export class ClientCertificate {
  /** The certificate, and those of its chain (PEM). */
  readonly cert: string;
  /** The certificates of the authorities that servers are trusted by (PEM); `undefined`: those that the host trusts. */
  readonly ca: string | undefined;
  /** Names what the files hold: another one as soon as another certificate is in one of them. No secret. */
  readonly fingerprint: string;
  /** The beginning of the last of its chain that begins. */
  readonly notBefore: Date;
  /** The end of the first of its chain that ends. */
  readonly notAfter: Date;
  readonly #key: string;

  constructor(
    parts: Pick<ClientCertificate, 'cert' | 'ca' | 'fingerprint' | 'notBefore' | 'notAfter'> & {
      readonly key: string;
    },
  ) {
    this.cert = parts.cert;
    this.ca = parts.ca;
    this.fingerprint = parts.fingerprint;
    this.notBefore = parts.notBefore;
    this.notAfter = parts.notAfter;
    this.#key = parts.key;
  }

  /** The private key (PKCS #8, PEM). A method, since a getter is called by what shows objects. */
  privateKey(): string {
    return this.#key;
  }
}
