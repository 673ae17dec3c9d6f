import { LoopbackServer, readBody, testClientCertificate } from '@worker-auth/testing-fakes';
import type { TokenManagerOptions } from '@worker-auth/token-manager';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import type { Cell } from './cell.ts';

/** Of the certificate by which the client is known. */
export const subjectOf = { sanUri: 'spiffe://example.org/ns/apps/sa/worker' };

/** A `fetch` that presents a certificate. */
export function certifiedFetch(): NonNullable<TokenManagerOptions['fetch']> {
  const presented = testClientCertificate(subjectOf);
  return async (url, { method = 'GET', headers, body }) => {
    const asking = request(url, {
      ...presented,
      method,
      headers: headers as Record<string, string>,
      agent: false,
    });
    asking.end(await new Response(body).text());
    const [response] = (await once(asking, 'response')) as [IncomingMessage];
    const chunks = (await response.toArray()) as Buffer[];
    return new Response(Buffer.concat(chunks), {
      status: response.statusCode ?? 0,
      headers: { 'content-type': response.headers['content-type'] ?? '' },
    });
  };
}

/** A token endpoint for JWT-SVIDs alone, which the mock does not accept. */
export async function spiffeServer(cell: Cell): Promise<string> {
  cell.tokens = () => ['token-of-spiffe'];
  // It is no JWT.
  cell.findings.push('token-type');
  const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-spiffe';
  const server = await LoopbackServer.start(async (incoming, response) => {
    const form = new URLSearchParams(await readBody(incoming));
    const isRight = form.get('client_assertion_type') === type && form.get('client_assertion') !== null;
    const body = isRight
      ? { access_token: 'token-of-spiffe', token_type: 'Bearer', expires_in: 300 }
      : { error: 'invalid_client' };
    response.writeHead(isRight ? 200 : 401, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  return cell.use(server).url;
}
