import { LoopbackServer } from '@worker-auth/testing-fakes';
import type { RequestListener } from 'node:http';
import { Provider } from 'oidc-provider';
import { onTestFinished, vi } from 'vitest';

/** What each client of the tests has. */
export const ofWorkers = { grant_types: ['client_credentials'], redirect_uris: [], response_types: [] };

/**
 * A certified server (OpenID Foundation) in this process, for one test; resolves to its issuer. Clients with certificates have an endpoint of their
 * own (RFC 8705 section 5), at another port.
 */
export async function startOidcProvider(configuration: object): Promise<string> {
  // It warns of its own development settings, once for each instance.
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  vi.spyOn(console, 'info').mockImplementation(() => undefined);
  let listener: RequestListener = () => undefined;
  const listen: RequestListener = (request, response) => {
    listener(request, response);
  };
  const server = await LoopbackServer.start(listen);
  onTestFinished(() => server.stop());
  const secured = await LoopbackServer.start(listen, { tls: true, requestClientCertificate: true });
  onTestFinished(() => secured.stop());
  const discovery = { mtls_endpoint_aliases: { token_endpoint: `${secured.url}/token` } };
  listener = new Provider(server.url, { ...configuration, discovery }).callback();
  return server.url;
}
