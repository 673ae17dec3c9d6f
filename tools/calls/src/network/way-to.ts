import type { HttpProxy } from '@worker-auth/internal/network';
import type { Network } from '../settings/network-settings.ts';

/** Where `host:port` or `host` leads, as Temporal's connections take it, and by which proxy. An address of IPv6 stays in brackets. */
export function wayTo(
  address: string,
  { proxyFor }: Network,
): { readonly hostname: string; readonly port: number; readonly proxy: HttpProxy | undefined } {
  const text = `grpc://${address}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.hostname === '' || url.pathname !== '' || url.username !== '')
    throw new TypeError(`The address of Temporal must be host:port or host; received ${address}`);
  const [hostname, port] = [url.hostname, Number(url.port || 7233)];
  return { hostname, port, proxy: proxyFor?.(hostname, port) };
}
