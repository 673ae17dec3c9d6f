import { describe, expect, it } from 'vitest';
import { TokenManagerErrorCode as codes } from '../../src/errors.ts';
import { TokenManager } from '../../src/tokens/token-manager.ts';
import type { ClientCredentials, CredentialSource } from '@worker-auth/internal';
import { openScene, rejectionOf, startServer } from '../support.ts';

/** A source that gives `answers` one after the other, whatever they are, and the last one from then on. */
function sourceOf(...answers: readonly unknown[]): {
  get: () => Promise<ClientCredentials>;
  invalidate: () => void;
} {
  let next = 0;
  return {
    get: () => Promise.resolve(answers[Math.min(next++, answers.length - 1)] as ClientCredentials),
    invalidate: () => undefined,
  };
}

const good = { clientId: 'worker', clientSecret: 's3cret', source: 'the vault' };

describe('a credential source', () => {
  const hostile = {
    get clientId(): string {
      throw new Error('canary');
    },
  };

  it.each<readonly [string, unknown, string]>([
    ['nothing', undefined, 'the wrong form'],
    ['null', null, 'the wrong form'],
    ['a number', 7, 'the wrong form'],
    ['a list', ['worker', 'canary'], 'the wrong form'],
    ['an object whose fields throw', hostile, 'the wrong form'],
    ['no id', { clientSecret: 'canary' }, 'no clientId'],
    ['an empty id', { ...good, clientId: '' }, 'no clientId: a non-empty string is needed, from the vault'],
    ['an id that is no text', { ...good, clientId: 7 }, 'no clientId'],
    ['no secret', { clientId: 'worker', source: 'the vault' }, 'no clientSecret'],
    ['an empty secret', { ...good, clientSecret: '' }, 'no clientSecret'],
    ['a token URL that is no text', { ...good, tokenUrl: 7 }, 'a tokenUrl that is no string, from the vault'],
    ['a source that is no text', { ...good, source: {} }, 'a source that is no string'],
  ])('that gives %s is a typed error, and no request leaves', async (_name, response, says) => {
    const { server, tokens } = await openScene({ credentials: sourceOf(response) });
    const error = await rejectionOf(tokens.getToken());
    expect(error).toMatchObject({ code: codes.invalidCredentials, kind: 'configuration', retryable: false });
    expect(String(error)).toContain(says);
    expect(String(error)).not.toContain('canary');
    expect(server.requests).toEqual([]);
  });

  it('is given a deadline in whole milliseconds, as AbortSignal.timeout takes it', async () => {
    const server = await startServer();
    const deadlines: unknown[] = [];
    const credentials: CredentialSource = {
      get: ({ timeoutMs } = {}) => {
        deadlines.push(timeoutMs);
        return Promise.resolve({ clientId: server.clientId, clientSecret: server.clientSecret });
      },
      invalidate: () => undefined,
    };
    // By the clock of the host, which has fractions.
    await using tokens = new TokenManager({ tokenUrl: server.tokenUrl, credentials });
    await tokens.getToken();
    expect(deadlines.map(Number.isInteger)).toEqual([true]);
  });

  it('is told when it is not waited for any more', async () => {
    const given = Promise.withResolvers<AbortSignal | undefined>();
    const { tokens } = await openScene({
      credentials: {
        get: (options) => {
          given.resolve(options?.signal);
          return new Promise(() => undefined);
        },
        invalidate: () => undefined,
      },
    });
    const failing = rejectionOf(tokens.getToken());
    const signal = await given.promise;
    expect(signal?.aborted).toBe(false);
    await tokens.stop();
    await failing;
    expect(signal?.aborted).toBe(true);
  });

  it('knows how long it may take, so that its own error is the one that callers get', async () => {
    const waiting = new Error('The vault is sealed');
    const { clock, tokens } = await openScene({
      attemptTimeoutMs: 10_000,
      credentials: {
        get: (options) =>
          new Promise((_resolve, reject) => {
            clock.startTimer(() => {
              reject(waiting);
            }, options?.timeoutMs ?? 0);
          }),
        invalidate: () => undefined,
      },
    });
    const failing = rejectionOf(tokens.getToken());
    await clock.advance(4_499);
    expect(tokens.lastError).toBeUndefined();
    await clock.advance(1);
    expect(await failing).toBe(waiting);
  });

  it('has the rest of that time when it is read again', async () => {
    const given: unknown[] = [];
    const { clock, tokens } = await openScene({
      attemptTimeoutMs: 10_000,
      credentials: {
        get: async (options) => {
          given.push(options?.timeoutMs);
          await new Promise<void>((resolve) => clock.startTimer(resolve, 2_000));
          return { clientId: 'nobody', clientSecret: 'wrong' };
        },
        invalidate: () => undefined,
      },
    });
    const failing = rejectionOf(tokens.getToken());
    await clock.advance(2_000);
    await expect.poll(() => given).toEqual([4_500, 2_500]);
    await tokens.stop();
    await failing;
  });
});

it.each([undefined, '', ' \n', 7])(
  'a client assertion that is %j is a typed error, and no request leaves',
  async (assertion) => {
    const { server, tokens } = await openScene({
      credentials: { clientId: 'worker' },
      clientAssertion: () => assertion as string,
    });
    expect(await rejectionOf(tokens.getToken())).toMatchObject({ code: codes.invalidCredentials });
    expect(server.requests).toEqual([]);
  },
);

describe('the token endpoint that credentials name', () => {
  it('is asked, and followed when it is rotated', async () => {
    const [first, second] = [await startServer(), await startServer()];
    const credentials = sourceOf(
      { ...good, tokenUrl: first.tokenUrl },
      { ...good, tokenUrl: second.tokenUrl },
    );
    await using tokens = new TokenManager({ credentials });
    expect(await tokens.getToken()).toBe(first.issuedTokens[0]);
    expect(await tokens.getToken({ forceRefresh: true })).toBe(second.issuedTokens[0]);
  });

  it('gives way to the option tokenUrl', async () => {
    const { server, tokens } = await openScene({
      credentials: sourceOf({ ...good, tokenUrl: 'https://other.example/token' }),
    });
    expect(await tokens.getToken()).toBe(server.issuedTokens[0]);
  });

  it('gives way to the option issuer', async () => {
    const server = await startServer();
    const credentials = sourceOf({ ...good, tokenUrl: 'https://other.example/token' });
    await using tokens = new TokenManager({ credentials, issuer: server.issuer });
    expect(await tokens.getToken()).toBe(server.issuedTokens[0]);
  });

  it.each([undefined, ''])('is a typed error that says where to set it when it is %j', async (tokenUrl) => {
    await using tokens = new TokenManager({ credentials: sourceOf({ ...good, tokenUrl }) });
    const error = await rejectionOf(tokens.getToken());
    expect(error).toMatchObject({ code: 'TOKEN_ENDPOINT_UNKNOWN', kind: 'configuration', retryable: false });
    for (const part of ['the vault', 'WORKER_AUTH_TOKEN_URL', 'atlan_auth_url']) {
      expect(String(error)).toContain(part);
    }
  });

  it.each([
    ['issuer.example/token', 'must be an absolute URL'],
    ['http://issuer.example/token', 'must be https'],
    ['https://user:canary@issuer.example/', 'neither user information'],
  ])('is a typed error that names the source when it is "%s"', async (tokenUrl, says) => {
    await using tokens = new TokenManager({ credentials: sourceOf({ ...good, tokenUrl }) });
    const error = await rejectionOf(tokens.getToken());
    expect(error).toMatchObject({ code: codes.invalidCredentials, kind: 'configuration' });
    expect(String(error)).toContain('from the vault');
    expect(String(error)).toContain(says);
    expect(String(error)).not.toContain('canary');
  });

  it('may be plain http to another host when that is allowed', async () => {
    const asked: string[] = [];
    await using tokens = new TokenManager({
      credentials: sourceOf({ ...good, tokenUrl: 'http://issuer.example/token' }),
      allowInsecureHttp: true,
      fetch: (url) => {
        asked.push(url);
        return Promise.resolve(Response.json({ access_token: 'x', token_type: 'Bearer', expires_in: 60 }));
      },
    });
    expect([await tokens.getToken(), ...asked]).toEqual(['x', 'http://issuer.example/token']);
  });
});
