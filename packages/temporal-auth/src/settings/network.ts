import type { Environment } from '@worker-auth/inlined';
import { readCertificates } from './certificates.ts';
import { type ProxyFor, readProxy } from './proxy.ts';

/** How everything is reached that is not on this host: the token endpoint, and Temporal by either connection. */
export interface NetworkOptions {
  /**
   * The proxy, `http://host:port` or `http://user:password@host:port`; false for none, whatever the environment says. Default `HTTPS_PROXY`, else
   * none. `NO_PROXY` names hosts that are reached directly; this host itself and a Dapr sidecar always are.
   */
  readonly proxy?: string | URL | false | undefined;
  /**
   * The certificates of the authorities that are trusted, and no others, in PEM form. Default those of the file that `SSL_CERT_FILE` names, else the
   * usual ones, and those of the file that `NODE_EXTRA_CA_CERTS` names.
   */
  readonly ca?: string | Uint8Array | undefined;
}

/** {@link NetworkOptions}, read. Shows nothing of a proxy's credentials. */
export interface Network {
  /** `undefined` when nothing was said of a proxy. */
  readonly proxyFor: ProxyFor | undefined;
  /**
   * The trusted certificates as one PEM text, read when first asked for; `undefined` for those that are trusted by default.
   *
   * @throws ConfigurationError that names the option or the variable
   */
  readonly certificates: () => string | undefined;
}

/** Nothing is said: every way out is direct, and trusts what it trusts by default. */
export const directNetwork: Network = { proxyFor: undefined, certificates: () => undefined };

/**
 * Reads how this host is left: options, then the environment. Files of certificates are not looked at until something uses TLS.
 *
 * @throws ConfigurationError that names the option or the variable; the value of a proxy is not repeated
 */
export function readNetwork(options: NetworkOptions, env: Environment): Network {
  const proxyFor = readProxy(options, env);
  let read: { readonly pem: string | undefined } | undefined;
  return { proxyFor, certificates: () => (read ??= { pem: readCertificates(options, env) }).pem };
}
