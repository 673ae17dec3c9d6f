import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../src/fake-clock.ts';
import { assertNoLeak, plantSecret } from '../../src/leaks/assert-no-leak.ts';
import type { RecordedRequest } from '../../src/oauth/recorded-request.ts';
import { basic, post, requestToken, startServer } from './ask.ts';

describe('a recorded request', () => {
  it('lets a test read all that was sent', async () => {
    const server = await startServer();
    await post(`${server.tokenUrl}?tenant=a`, { client_secret: 'x y' }, { 'x-custom': 'seen' });
    const [request] = server.requests;
    expect(request).toMatchObject({ method: 'POST', url: '/token?tenant=a', path: '/token', isForm: true });
    expect(request?.query).toEqual([['tenant', 'a']]);
    expect(request?.form).toEqual([['client_secret', 'x y']]);
    expect(request?.headers['x-custom']).toBe('seen');
    expect(request?.rawBody()).toBe('client_secret=x+y');
  });

  it('shows nothing that may be secret, wherever it was sent', async () => {
    const server = await startServer();
    const secret = plantSecret();
    const token = plantSecret('token');
    const form = { client_secret: secret, client_assertion: secret, token, unheard_of: secret };
    const url = `${server.tokenUrl}?client_secret=${encodeURIComponent(secret)}`;
    await post(url, form, {
      ...basic('worker', secret),
      'x-api-key': Buffer.from(secret).toString('base64'),
    });
    await post(server.tokenUrl, encodeURIComponent(secret));
    await requestToken(server);
    const all = [server.requests, server, ...server.requests.map(String)];
    assertNoLeak(all, [secret, token]);
  });

  it('shows what is not secret', async () => {
    const server = await startServer();
    await requestToken(server, { scope: 'a b' });
    const shown = inspect(server.requests);
    const form = 'grant_type=client_credentials&client_id=worker&client_secret=[redacted]&scope=a b';
    expect(shown).toContain(form);
    const { receivedAtMs, durationMs, headers } = server.requests[0] ?? {};
    expect(JSON.parse(JSON.stringify(server.requests[0]))).toEqual({
      method: 'POST',
      url: '/token',
      headers: {
        ...headers,
        'accept-language': '[redacted]',
        'sec-fetch-mode': '[redacted]',
        'accept-encoding': '[redacted]',
      },
      form,
      authentication: { method: 'client_secret_post', clientId: 'worker' },
      status: 200,
      receivedAtMs,
      durationMs,
    });
  });

  it('has no status before it is answered, nor when the connection ends without', async () => {
    const server = await startServer();
    const release = server.hold();
    const arrived = server.nextRequest();
    const answer = requestToken(server);
    expect((await arrived).status).toBeUndefined();
    release();
    await answer;
    server.injectFault('connectionReset');
    await expect(requestToken(server)).rejects.toThrow();
    expect(server.requests.map(({ status }) => status)).toEqual([200, undefined]);
  });

  it('has a dash in its line for what is not there', async () => {
    const server = await startServer({ clock: new FakeClock() });
    const release = server.hold('jwks');
    const arrived = server.nextRequest();
    const answer = fetch(server.jwksUrl);
    expect(String(await arrived)).toBe('2026-01-01T00:00:00.000Z GET /jwks - - - -');
    release();
    await answer;
  });

  it('is one line of a log, with the time that passed by the server’s clock', async () => {
    const clock = new FakeClock();
    const server = await startServer({ clock });
    const lines: string[] = [];
    const logged = new Promise<void>((resolve) => {
      server.subscribe((request) => {
        lines.push(String(request));
        resolve();
      });
    });
    const release = server.hold();
    const arrived = server.nextRequest();
    const answer = requestToken(server);
    await arrived;
    await clock.advance(12);
    release();
    await Promise.all([answer, logged]);
    expect(lines).toEqual(['2026-01-01T00:00:00.000Z POST /token worker client_secret_post 200 12ms']);
  });

  it('is one line of plain text, whatever the client calls itself', async () => {
    const server = await startServer();
    await post(`${server.tokenUrl}?scope=%1B`, { client_id: '\u001B[2J\nü x' });
    expect(String(server.requests[0])).toContain(' POST /token?scope=? ?[2J???x none 401');
  });
});

describe('subscribe', () => {
  it('tells of each request that is over, until it is ended, whatever other listeners do', async () => {
    const server = await startServer();
    const seen: RecordedRequest[] = [];
    server.subscribe(() => {
      throw new Error('a listener of the test');
    });
    const end = server.subscribe((request) => seen.push(request));
    server.injectFault('connectionReset');
    await expect(requestToken(server)).rejects.toThrow();
    await requestToken(server);
    await expect.poll(() => seen).toEqual([...server.requests]);
    end();
    const isOver = new Promise<void>((resolve) => {
      server.subscribe(() => {
        resolve();
      });
    });
    await requestToken(server);
    await isOver;
    expect(seen).toHaveLength(2);
  });
});
