import { expect, it, onTestFinished } from 'vitest';
import { type LoopbackHandler, LoopbackServer } from '../../src/server/loopback-server.ts';
import { fetchJson } from '../../src/server/fetch-json.ts';

async function serve(handler: LoopbackHandler, tls = false): Promise<{ server: LoopbackServer; url: URL }> {
  const server = await LoopbackServer.start(handler, { tls });
  onTestFinished(() => server.stop());
  return { server, url: new URL(server.url) };
}

it.each([false, true])('asks for JSON on a connection of its own, with TLS: %s', async (tls) => {
  const { url } = await serve(({ headers }, response) => {
    response.end(JSON.stringify([headers.accept, headers.connection]));
  }, tls);
  expect(await fetchJson(url)).toEqual(['application/json', 'close']);
});

it.each([
  ['another status', 404, '{}', 'Status 404'],
  ['no JSON', 200, '<p>', 'is not valid JSON'],
])('rejects for %s', async (_what, status, body, message) => {
  const { url } = await serve((_request, response) => void response.writeHead(status).end(body));
  await expect(fetchJson(url)).rejects.toThrow(message);
});

it('rejects when nobody listens, and when the caller leaves', async () => {
  const { server, url } = await serve(() => undefined);
  const leaving = new AbortController();
  const left = fetchJson(url, leaving.signal);
  await expect.poll(() => server.openConnections).toBe(1);
  leaving.abort();
  await expect(left).rejects.toMatchObject({ name: 'AbortError' });
  await server.stop();
  await expect(fetchJson(url)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});
