import { systemClock, withDeadline, throwIfAborted } from '@worker-auth/internal';
import { readBoundedFile } from '@worker-auth/internal/file';
import { nodeFetch, type NodeRequest, openTunnel } from '@worker-auth/internal/network';
import type { CertificateFiles } from '@worker-auth/refresh-scheduler/certificate';
import type { TokenManagerOptions } from '@worker-auth/token-manager';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Socket } from 'node:net';
import { connect } from 'node:tls';
import { portOf, tlsName } from '../settings/host.ts';
import type { Network } from '../settings/network-settings.ts';
import { maxCertificateBytes } from '../settings/formats.ts';

/** After that, in ms, a disk hangs, and the certificates that were read last are used. */
const rereadTimeoutMs = 1_000;

/** The proxy did not open a tunnel in time. */
const noTunnel = (): Error => Object.assign(new Error('No tunnel in time'), { code: 'PROXY_ETIMEDOUT' });

/**
 * Sends requests through the proxy, and to servers with a certificate of the trusted authorities. Presents a client certificate where there is one.
 * All files are read again before each request. `undefined` without any of these: use the `fetch` of the host.
 *
 * @param connectTimeoutMs how long the tunnel may take, and the connection in it
 */
export function networkFetch(
  network: Network,
  client?: Pick<CertificateFiles, 'certFile' | 'keyFile'>,
  connectTimeoutMs = 10_000,
): TokenManagerOptions['fetch'] {
  const { proxyFor, certificates } = network;
  if (certificates() === undefined && proxyFor === undefined && client === undefined) return undefined;
  return async (url, init) => {
    const target = new URL(url);
    const isTls = target.protocol === 'https:';
    const request = { ...(init as NodeRequest), connectTimeoutMs };
    const ca = isTls ? await newestOf(network, request.signal) : undefined;
    const tls = { ca, ...(isTls && client && (await presented(client, request.signal))) };
    const port = portOf(target);
    const proxy = proxyFor?.(target.hostname, port);
    // Of our own, since Node gives the settings of the environment's proxy to its global ones.
    if (proxy === undefined)
      return nodeFetch(target, request, { agent: isTls ? new HttpsAgent(tls) : new HttpAgent() });
    const bounds = { clock: systemClock, timeoutMs: connectTimeoutMs, timeoutError: noTunnel };
    const open = (signal: AbortSignal): Promise<Socket> =>
      openTunnel(proxy, `${target.hostname}:${port}`, signal);
    const socket = await withDeadline(open, { ...bounds, signal: request.signal });
    const createConnection = (): Socket =>
      isTls ? connect({ socket, ...tlsName(target.hostname), ...tls }) : socket;
    try {
      return await nodeFetch(target, request, { createConnection });
    } catch (error) {
      socket.destroy();
      throw error;
    }
  };
}

async function presented(
  { certFile, keyFile }: Pick<CertificateFiles, 'certFile' | 'keyFile'>,
  signal?: AbortSignal,
): Promise<{ readonly cert: string; readonly key: string }> {
  const bounds = { maxBytes: maxCertificateBytes, signal };
  const [cert, key] = await Promise.all([
    readBoundedFile(certFile, bounds),
    readBoundedFile(keyFile, bounds),
  ]);
  return { cert, key };
}

/** The trusted certificates, from their files as they are now. */
export async function newestOf(
  { certificates, newestCertificates }: Network,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const timeoutError = (): Error => new Error('The files of certificates hang');
  const bounds = { clock: systemClock, timeoutMs: rereadTimeoutMs, signal, timeoutError };
  try {
    return await withDeadline((ending) => newestCertificates?.(ending) ?? certificates(), bounds);
  } catch {
    throwIfAborted(signal);
    // One hangs, is gone, or is being written.
    return certificates();
  }
}
