import type { Environment } from '@worker-auth/internal';
import { readBoundedFile } from '@worker-auth/internal/file';
import type { AtlanAuthClientOptions } from './auth-options.ts';
import { maxCertificateBytes, readCertificates, readNow } from './certificates.ts';
import { type ProxyFor, readProxy } from './proxy.ts';

/** Proxy and authorities for the token endpoint and both connections to Temporal. Shows no credentials of a proxy. */
export interface Network {
  /** `undefined` when no proxy is set. */
  readonly proxyFor: ProxyFor | undefined;
  /**
   * The trusted certificates as one PEM text, read when first asked for; `undefined` for those that are trusted by default.
   *
   * @throws ConfigurationError that names the option or the variable
   */
  readonly certificates: () => string | undefined;
  /**
   * The same, from files that were replaced too. One that cannot be read, or holds no certificate, changes nothing. Default: nothing is replaced.
   *
   * @throws ConfigurationError as above; the signal's reason
   */
  readonly newestCertificates?: (signal: AbortSignal) => Promise<string | undefined>;
}

/**
 * Reads proxy and authorities: options, then the environment. Certificate files are read when TLS is first used.
 *
 * @throws ConfigurationError that names the option or the variable; the value of a proxy is not repeated
 */
export function readNetwork(
  options: Pick<AtlanAuthClientOptions, 'proxy' | 'ca'>,
  env: Environment,
): Network {
  const proxyFor = readProxy(options, env);
  let trusted: { readonly pem: string | undefined } | undefined;
  let texts = new Map<string, string>();
  const readFirst = (path: string): string => {
    const text = readNow(path);
    texts.set(path, text);
    return text;
  };
  const certificates = (): string | undefined =>
    (trusted ??= { pem: readCertificates(options, env, readFirst) }).pem;
  return {
    proxyFor,
    certificates,
    async newestCertificates(signal) {
      const known = certificates();
      const newest = await readAll([...texts.keys()], signal);
      if (newest === undefined || [...newest].every(([path, text]) => texts.get(path) === text)) return known;
      texts = newest;
      try {
        trusted = { pem: readCertificates(options, env, (path) => newest.get(path) ?? '') };
      } catch {
        // It is being written.
      }
      return certificates();
    },
  };
}

async function readAll(
  paths: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, string> | undefined> {
  try {
    const read = paths.map(
      async (path) => [path, await readBoundedFile(path, { maxBytes: maxCertificateBytes, signal })] as const,
    );
    return new Map(await Promise.all(read));
  } catch {
    signal.throwIfAborted();
  }
  return undefined;
}
