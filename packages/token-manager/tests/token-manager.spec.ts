import { MockOAuthServer } from '@worker-auth/testing-fakes';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TokenManager } from '../src/index.ts';

let server: MockOAuthServer;

beforeEach(async () => {
  server = await MockOAuthServer.start();
});

afterEach(async () => {
  await server.close();
});

describe('TokenManager', () => {
  it('gives the token that the server issued', async () => {
    await using tokens = new TokenManager({
      credentials: { clientId: server.clientId, clientSecret: server.clientSecret },
      tokenUrl: server.tokenUrl,
    });
    const token = await tokens.getToken();
    expect(server.issuedTokens).toEqual([token]);
    expect(tokens.peek()).toBe(token);
  });
});
