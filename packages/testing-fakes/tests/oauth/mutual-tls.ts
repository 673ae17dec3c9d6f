import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { onTestFinished } from 'vitest';
import { MockOAuthServer, type OAuthClientOptions, testCertificates } from '../../src/index.ts';
import type { Answer } from './ask.ts';

/** What a client of the kit's servers connects with: its certificate, or none. */
export interface ConnectOptions {
  readonly ca: string;
  readonly cert?: string;
  readonly key?: string;
}

/** For a client that has no certificate. */
export const withoutCertificate: ConnectOptions = { ca: testCertificates().ca };

/** A server over TLS with one client. */
export async function startFor(client: Omit<OAuthClientOptions, 'clientId'>): Promise<MockOAuthServer> {
  const server = await MockOAuthServer.start({ tls: true, clients: [{ clientId: 'worker', ...client }] });
  onTestFinished(() => server.stop());
  return server;
}

/** A `fetch` whose connections present a certificate. */
export function fetchWith({ ca, cert, key }: ConnectOptions) {
  return async (
    url: string | URL,
    init: {
      readonly method?: string;
      readonly headers?: Record<string, string>;
      readonly body?: RequestInit['body'];
    },
  ): Promise<Response> => {
    const { method = 'GET', headers = {}, body } = init;
    const asking = request(url, { ca, cert, key, method, headers, agent: false });
    asking.end(await new Response(body).text());
    const [response] = (await once(asking, 'response')) as [IncomingMessage];
    const chunks = await response.toArray();
    return new Response(Buffer.concat(chunks as Buffer[]), {
      status: response.statusCode ?? 0,
      headers: { 'content-type': response.headers['content-type'] ?? '' },
    });
  };
}

/** What a rejected client is told (RFC 6749 section 5.2). */
export function rejected(description: string): object {
  return { status: 401, body: { error: 'invalid_client', error_description: description } };
}

/** A token request of the client `worker` over a connection with the certificate. */
export async function askWith(
  server: MockOAuthServer,
  certificate: ConnectOptions,
  fields: Readonly<Record<string, string>> = {},
  url = server.tokenUrl,
): Promise<Pick<Answer, 'status' | 'body'>> {
  const form = { grant_type: 'client_credentials', client_id: 'worker', ...fields };
  const response = await fetchWith(certificate)(url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(form),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}
