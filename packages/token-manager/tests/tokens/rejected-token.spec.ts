import { describe, expect, it } from 'vitest';
import { TokenManagerErrorCode, type TokenRequestError } from '../../src/errors.ts';
import { openScene, rejectionOf } from '../support.ts';

describe('getToken({ rejectedToken })', () => {
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

  it('says so when the server gives the same token again, and does not ask it without end', async () => {
    const { server, clock, tokens } = await openScene();
    const body = JSON.stringify({ access_token: 'the-same', token_type: 'Bearer', expires_in: 3_600 });
    server.failWith({ status: 200, body });
    const rejected = await tokens.getToken();
    const codes: unknown[] = [];
    for (let round = 0; round < 20; round++) {
      const error = (await rejectionOf(tokens.getToken({ rejectedToken: rejected }))) as TokenRequestError;
      expect(error.retryable).toBe(true);
      if (round === 0) expect(error.message).toContain('caches tokens');
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

  it('asks at once for another than a newer token, also after one that came again', async () => {
    const { server, tokens } = await openScene();
    const same = { body: JSON.stringify({ access_token: 'the-same', token_type: 'Bearer' }) };
    server.injectFault(same, { times: 2 });
    await tokens.getToken();
    await rejectionOf(tokens.getToken({ rejectedToken: 'the-same' }));
    const newer = await tokens.getToken({ forceRefresh: true });
    expect(await tokens.getToken({ rejectedToken: newer })).toBe(server.issuedTokens[1]);
  });
});
