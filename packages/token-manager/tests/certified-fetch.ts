import type { TestCertificates } from '@worker-auth/testing-fakes';
import { once } from 'node:events';
import * as http from 'node:http';
import * as https from 'node:https';
import type { FetchLike } from '../src/request/http-transport.ts';

/** A `fetch` as a caller has one for client certificates; `current` gives that of now. */
export function fetchBy(current: () => TestCertificates): FetchLike {
  return async (url, { method = 'GET', headers, body }) => {
    const options = { method, headers: headers as Record<string, string>, agent: false };
    const asking = url.startsWith('https:')
      ? https.request(url, { ...current(), ...options })
      : http.request(url, options);
    asking.end(await new Response(body).text());
    const [response] = (await once(asking, 'response')) as [http.IncomingMessage];
    const chunks = (await response.toArray()) as Buffer[];
    return new Response(Buffer.concat(chunks), {
      status: response.statusCode ?? 0,
      headers: { 'content-type': response.headers['content-type'] ?? '' },
    });
  };
}
