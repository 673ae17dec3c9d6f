import { describe, expect, it } from 'vitest';
import { TokenManagerErrorCode, type TokenRequestError } from '../src/index.ts';
import { openScene, outcomesOf, rejectionOf } from './support.ts';

describe('getToken({ rejectedToken })', () => {
  it('gives the current token at once when it is another already', async () => {
    const { server, tokens } = await openScene();
    const first = await tokens.getToken();
    const second = await tokens.getToken({ forceRefresh: true });
    const late = await Promise.all(
      Array.from({ length: 1_000 }, () => tokens.getToken({ rejectedToken: first })),
    );
    expect(new Set(late)).toEqual(new Set([second]));
    await (await fetch(server.jwksUrl)).text();
    expect(server.tokenRequests).toHaveLength(2);
  });

  it('makes one request for all who reject the same token', async () => {
    const { server, tokens } = await openScene();
    const rejected = await tokens.getToken();
    const results = await Promise.allSettled(
      Array.from({ length: 1_000 }, () => tokens.getToken({ rejectedToken: rejected })),
    );
    expect(outcomesOf(results)).toEqual([server.issuedTokens[1]]);
    expect(server.tokenRequests).toHaveLength(2);
  });

  it('leaves the current token to everybody else meanwhile, and after a failure', async () => {
    const { server, tokens } = await openScene();
    const rejected = await tokens.getToken();
    server.injectFault('unavailable503');
    const other = rejectionOf(tokens.getToken({ rejectedToken: rejected }));
    expect([tokens.peek(), await tokens.getToken()]).toEqual([rejected, rejected]);
    expect(await other).toMatchObject({ code: TokenManagerErrorCode.unavailable, retryInMs: 1_000 });
    expect([tokens.peek(), await tokens.getToken()]).toEqual([rejected, rejected]);
  });

  it('counts the tokens in a row that were rejected with more than half of their life left', async () => {
    const { clock, tokens } = await openScene();
    const counts: unknown[] = [];
    tokens.on('tokenRefreshed', ({ rejectedEarly }) => counts.push(rejectedEarly));
    const reject = async (): Promise<void> => {
      const rejectedToken = await tokens.getToken();
      await Promise.all([1, 2, 3].map(() => tokens.getToken({ rejectedToken })));
    };
    await reject();
    await clock.advance(1_799_999);
    await reject();
    expect(counts).toEqual([0, 1, 2]);
    // One that is rejected later, or not at all, begins the count anew.
    await clock.advance(1_800_000);
    await reject();
    await reject();
    await tokens.getToken({ forceRefresh: true });
    expect(counts).toEqual([0, 1, 2, 0, 1, 0]);
  });

  it('does not skip the wait after a failure', async () => {
    const { server, clock, tokens } = await openScene();
    const rejected = await tokens.getToken();
    server.injectFault('unavailable503');
    await rejectionOf(tokens.getToken({ rejectedToken: rejected }));
    for (let round = 0; round < 20; round++) await rejectionOf(tokens.getToken({ rejectedToken: rejected }));
    expect(server.tokenRequests).toHaveLength(2);
    await clock.advance(1_000);
    expect(await tokens.getToken({ rejectedToken: rejected })).toBe(server.issuedTokens[1]);
  });

  it('is what getToken() is without a token, and for a token that was never there', async () => {
    const { server, tokens } = await openScene();
    const first = await tokens.getToken({ rejectedToken: 'of somebody else' });
    expect(first).toBe(server.issuedTokens[0]);
    expect(await tokens.getToken({ rejectedToken: 'of somebody else' })).toBe(first);
  });

  it('says so when the server gives the same token again, and does not ask it without end', async () => {
    const { server, clock, tokens } = await openScene();
    const body = JSON.stringify({ access_token: 'the-same', token_type: 'Bearer', expires_in: 3_600 });
    server.failWith({ status: 200, body });
    const rejected = await tokens.getToken();
    const codes: unknown[] = [];
    for (let round = 0; round < 20; round++) {
      const error = (await rejectionOf(tokens.getToken({ rejectedToken: rejected }))) as TokenRequestError;
      expect(error.retryable).toBe(true);
      codes.push(error.code);
    }
    const { unchanged, limited } = TokenManagerErrorCode;
    expect(codes).toEqual([...Array<string>(3).fill(unchanged), ...Array<string>(17).fill(limited)]);
    expect(server.tokenRequests).toHaveLength(4);
    expect(await tokens.getToken()).toBe(rejected);
    server.recover();
    await clock.advance(30_000);
    expect(await tokens.getToken({ rejectedToken: rejected })).toBe(server.issuedTokens[0]);
  });

  it('says where to look when the server gives the same token again', async () => {
    const { server, tokens } = await openScene();
    server.failWith({ body: JSON.stringify({ access_token: 'the-same', token_type: 'Bearer' }) });
    expect(await rejectionOf(tokens.getToken({ rejectedToken: await tokens.getToken() }))).toMatchObject({
      message: expect.stringContaining('caches tokens') as unknown,
    });
  });

  it('asks at once for another than a newer token, also after one that came again', async () => {
    const { server, tokens } = await openScene();
    const same = { body: JSON.stringify({ access_token: 'the-same', token_type: 'Bearer' }) };
    server.injectFault(same, { times: 2 });
    await tokens.getToken();
    await rejectionOf(tokens.getToken({ rejectedToken: 'the-same' }));
    const newer = await tokens.getToken({ forceRefresh: true });
    expect(await tokens.getToken({ rejectedToken: newer })).toBe(server.issuedTokens[1]);
  });

  it('lets one caller leave without ending the refresh of the others', async () => {
    const { server, tokens } = await openScene();
    const rejected = await tokens.getToken();
    const controller = new AbortController();
    const reason = new Error('the caller left');
    const leaving = tokens.getToken({ rejectedToken: rejected, signal: controller.signal });
    const staying = tokens.getToken({ rejectedToken: rejected });
    controller.abort(reason);
    expect(await rejectionOf(leaving)).toBe(reason);
    expect(await staying).toBe(server.issuedTokens[1]);
  });
});
