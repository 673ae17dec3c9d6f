import { describe, expect, it } from 'vitest';
import { TokenManagerErrorCode } from '../../src/errors.ts';
import type { TokenManagerOptions } from '../../src/options.ts';
import { TokenManager } from '../../src/tokens/token-manager.ts';
import { FakeClock } from '@worker-auth/testing-fakes';
import { rejectionOf } from '../support.ts';

const issuer = 'https://issuer.example';
const [basic, post] = ['client_secret_basic', 'client_secret_post'];

/** How a server answers a client that it does not know by the method it was sent with. */
interface Rejection {
  readonly error?: string;
  readonly status?: number;
  readonly headers?: Record<string, string>;
}

/** A manager whose server accepts `registered` with the secret `s3cret`, and the methods that it was asked with. */
function managerOver(
  registered: string,
  {
    offered,
    ...options
  }: Partial<TokenManagerOptions> & { readonly offered?: readonly string[] | undefined } = {},
  { error = 'invalid_client', status = 401, headers = {} }: Rejection = {},
) {
  const sent: string[] = [];
  const clock = new FakeClock();
  const fetch = (_url: string, init: RequestInit): Promise<Response> => {
    if (init.method === 'GET') {
      const methods = offered && { token_endpoint_auth_methods_supported: offered };
      return Promise.resolve(Response.json({ issuer, token_endpoint: `${issuer}/token`, ...methods }));
    }
    const header = new Headers(init.headers).get('authorization');
    sent.push(header === null ? post : basic);
    const body = typeof init.body === 'string' ? init.body : '';
    const secret = header === null ? body : Buffer.from(header.slice(6), 'base64').toString();
    if (sent.at(-1) === registered && secret.includes('s3cret'))
      return Promise.resolve(Response.json({ access_token: 'x', token_type: 'Bearer', expires_in: 60 }));
    return Promise.resolve(Response.json({ error }, { status, headers }));
  };
  const credentials = { clientId: 'worker', clientSecret: 's3cret' };
  const where = options.tokenUrl === undefined ? { issuer } : {};
  const tokens = new TokenManager({ credentials, ...where, ...options, fetch, clock, random: () => 1 });
  return { tokens, sent, clock };
}

describe('a client whose method nobody said', () => {
  it.each<readonly [string, string, readonly string[] | undefined, readonly string[]]>([
    ['is offered both', post, [basic, post], [basic, post]],
    ['is offered nothing, whose default is Basic', post, undefined, [basic, post]],
  ])('%s, is sent the other way after invalid_client', async (_name, registered, offered, order) => {
    const { tokens, sent } = managerOver(registered, { offered });
    expect(await tokens.getToken()).toBe('x');
    expect(sent).toEqual(order);
  });

  it('has a token URL alone, is sent the other way after invalid_client', async () => {
    const { tokens, sent } = managerOver(basic, { tokenUrl: `${issuer}/token` }, { status: 400 });
    expect(await tokens.getToken()).toBe('x');
    expect(sent).toEqual([post, basic]);
  });

  it('is sent in the header where a 401 asks for Basic, whatever the metadata list', async () => {
    const headers = { 'www-authenticate': 'Basic realm="clients"' };
    const asked = managerOver(basic, { offered: [post] }, { error: 'access_denied', headers });
    expect(await asked.tokens.getToken()).toBe('x');
    expect(asked.sent).toEqual([post, basic]);
    const other = managerOver(basic, { offered: [post] }, { headers: { 'www-authenticate': 'Bearer' } });
    await rejectionOf(other.tokens.getToken());
    expect(other.sent).toEqual([post]);
  });

  it('keeps the way that worked', async () => {
    const { tokens, sent, clock } = managerOver(post, { offered: [basic, post] });
    for (let round = 0; round < 3; round++) {
      await tokens.getToken();
      await clock.advance(60_000);
    }
    expect(sent).toEqual([basic, post, post, post]);
  });

  it('is not sent a way that the issuer does not list', async () => {
    const { tokens, sent } = managerOver(post, { offered: [basic] });
    await rejectionOf(tokens.getToken());
    expect(sent).toEqual([basic]);
  });

  it.each(['unauthorized_client', 'invalid_scope', 'access_denied'])(
    'is sent once after %s',
    async (error) => {
      const { tokens, sent } = managerOver(post, { offered: [basic, post] }, { error });
      await rejectionOf(tokens.getToken());
      expect(sent).toEqual([basic]);
    },
  );

  it('is sent once where the user said how', async () => {
    const { tokens, sent } = managerOver(post, {
      offered: [basic, post],
      clientAuth: 'client_secret_basic',
    });
    await rejectionOf(tokens.getToken());
    expect(sent).toEqual([basic]);
  });
});

describe('a client that is rejected both ways', () => {
  const wrong = { clientId: 'worker', clientSecret: 'wrong' };

  it('is asked for once more in all, and then as the metadata say', async () => {
    const { tokens, sent, clock } = managerOver(post, { credentials: wrong, offered: [basic, post] });
    expect(await rejectionOf(tokens.getToken())).toMatchObject({
      code: TokenManagerErrorCode.clientRejected,
    });
    for (let second = 0; second < 60; second++) {
      await clock.advance(1_000);
      await rejectionOf(tokens.getToken());
    }
    expect(sent).toEqual([basic, post, ...Array<string>(11).fill(basic)]);
  });

  it('gets a token in the right way once its secret is the right one', async () => {
    let clientSecret = 'wrong';
    const { tokens, sent, clock } = managerOver(post, {
      offered: [basic, post],
      credentials: {
        get: () => Promise.resolve({ clientId: 'worker', clientSecret }),
        invalidate: () => undefined,
      },
    });
    await rejectionOf(tokens.getToken());
    clientSecret = 's3cret';
    await clock.advance(1_000);
    expect(await tokens.getToken()).toBe('x');
    expect(sent).toEqual([basic, post, basic, post]);
  });

  it('whose secret is another at each look draws from the budget', async () => {
    let reads = 0;
    const { tokens, sent, clock } = managerOver(post, {
      offered: [basic, post],
      credentials: {
        get: () => Promise.resolve({ clientId: 'worker', clientSecret: `wrong-${reads++}` }),
        invalidate: () => undefined,
      },
    });
    for (let second = 0; second < 300; second++) {
      await tokens.getToken().catch(() => undefined);
      await clock.advance(1_000);
    }
    expect(sent.length).toBeLessThanOrEqual(30);
  });
});
