import { get as getHttp, type IncomingMessage } from 'node:http';
import { get as getHttps } from 'node:https';
import { trustedCertificates } from '../tls/trusted-certificates.ts';
import { readBody } from './loopback-server.ts';

/** A server that is silent for so long is abandoned. */
const patienceMs = 5_000;

/**
 * The document at an address, over a connection of its own: one that is kept would outlive its caller, and hold up the server's end. Over
 * TLS the kit's own authority is trusted as well.
 *
 * @throws when there is none, or no JSON, or when `signal` aborts
 */
export async function fetchJson(url: URL, signal?: AbortSignal): Promise<unknown> {
  const options = { agent: false, timeout: patienceMs, headers: { accept: 'application/json' }, signal };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const request =
      url.protocol === 'https:'
        ? getHttps(url, { ...options, ca: trustedCertificates() }, resolve)
        : getHttp(url, options, resolve);
    request.once('error', reject);
    request.once('timeout', () => request.destroy(new Error(`No answer for ${patienceMs} ms`)));
  });
  const body = await readBody(response);
  if (response.statusCode !== 200) throw new Error(`Status ${String(response.statusCode)}`);
  return JSON.parse(body) as unknown;
}
