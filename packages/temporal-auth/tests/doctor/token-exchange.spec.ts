import { FakeClock, MockOAuthServer } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { DiagnosisContext, type TokenExchange } from '../../src/doctor/diagnosis-context.ts';
import { ProblemFound } from '../../src/doctor/problem.ts';
import { checkStatus, clockOf, observedFetch } from '../../src/doctor/token-exchange.ts';
import { AuthenticationError } from '../../src/errors/temporal-auth-error.ts';
import { openDeafPort } from '../support/deaf-port.ts';
import { examined } from '../support/examined.ts';

const sentMs = 1_700_000_000_000;
const url = new URL('https://auth.example/token');
const assertion = { header: {}, claims: { sub: 'worker' } };

function exchangeWith(more: Partial<TokenExchange> = {}): TokenExchange {
  return { url, sentMs, assertion: undefined, ...more };
}

function failure(code: string, status?: number): AuthenticationError {
  return new AuthenticationError('It said no', { code: code, retryable: false, status });
}

describe('an exchange', () => {
  /** Of a request that takes a second. */
  async function observed(body: unknown, headers: Record<string, string> = {}): Promise<unknown[]> {
    const clock = new FakeClock({ wallMs: sentMs });
    const exchanges: unknown[] = [];
    const fetch = async (): Promise<Response> => {
      exchanges.push(scene.exchange);
      await clock.advance(1_000);
      return new Response('', { status: 201, headers });
    };
    const scene = new DiagnosisContext({ env: {}, clock, fetch });
    const send = observedFetch(scene);
    expect((await send(url.href, { method: 'POST', body } as never)).status).toBe(201);
    return [...exchanges, scene.exchange];
  }

  it('is told of before the answer and after it', async () => {
    const date = new Date(sentMs - 30_000).toUTCString();
    expect(await observed('client_assertion=eyJhIjoxfQ.eyJzdWIiOiJhIn0.x', { date })).toEqual([
      { url, sentMs, assertion: { header: { a: 1 }, claims: { sub: 'a' } } },
      // The middle of the request, and of the second that Date counts.
      {
        url,
        sentMs,
        assertion: { header: { a: 1 }, claims: { sub: 'a' } },
        ...{ status: 201, hostAheadMs: 30_000, text: '', headers: expect.any(Headers) as Headers },
      },
    ]);
  });

  it.each([['grant_type=client_credentials'], [Buffer.from('client_assertion=eyJhIjoxfQ.eyJhIjoxfQ.x')]])(
    'has no assertion and no clock where none are told: %s',
    async (body) => {
      expect((await observed(body))[1]).toEqual({
        ...{ url, sentMs, assertion: undefined, status: 201, hostAheadMs: undefined },
        ...{ text: '', headers: expect.any(Headers) as Headers },
      });
    },
  );

  it('is told of where there is no answer', async () => {
    const clock = new FakeClock({ wallMs: sentMs });
    const fetch = (): Promise<Response> => Promise.reject(new Error('reset'));
    const scene = new DiagnosisContext({ env: {}, clock, fetch });
    await expect(observedFetch(scene)(url.href, { method: 'POST' })).rejects.toThrow('reset');
    expect(scene.exchange).toEqual(exchangeWith());
  });
});

describe('the clock', () => {
  const differs = (seconds: number): string =>
    `this host's clock differs from the authorization server's by ${seconds} s`;
  const ntp = 'Check that NTP runs on both.';
  const off = (seconds: number, word: string): string =>
    `This host's clock is ${seconds} s ${word} the authorization server's.`;

  it.each([
    [0, 0],
    [5_000, 5],
    [-5_000, 5],
  ])('agrees: %d ms', (hostAheadMs, seconds) => {
    expect(clockOf(exchangeWith({ hostAheadMs }), undefined, undefined)).toEqual({
      description: differs(seconds),
    });
  });

  it.each([
    [6_001, 6, 'ahead of'],
    [-6_001, -6, 'behind'],
  ])('does not: %d ms', (hostAheadMs, hostAheadSeconds, word) => {
    expect(clockOf(exchangeWith({ hostAheadMs }), undefined, undefined)).toEqual({
      ...{ description: differs(6), code: 'DOCTOR_CLOCK_OFF', cause: off(6, word), remedy: ntp },
      details: { hostAheadSeconds },
    });
  });

  const at = (iat: unknown, exp: unknown) => ({
    header: {},
    claims: { iat: iat as number, exp },
  });
  const now = sentMs / 1_000;

  it.each([
    ['is made later', at(now + 10, now + 300), off(10, 'behind')],
    ['is over', at(now - 310, now - 10), off(310, 'ahead of')],
    ['is made now', at(now, now + 300), undefined],
    ['ends now', at(now - 300, now), undefined],
    ['has no end', at(now - 300, undefined), undefined],
    ['says nothing of when it was made', at(undefined, now - 10), undefined],
  ])('is told by a token that %s, where the server does not', (_what, token, cause) => {
    const found = clockOf(exchangeWith(), token, undefined);
    expect(found.cause).toBe(cause);
    if (cause === undefined)
      expect(found).toEqual({ description: "the authorization server does not say its clock's time" });
    expect(clockOf(exchangeWith({ hostAheadMs: 0 }), token, undefined)).toEqual({ description: differs(0) });
  });

  it.each([
    ['TOKEN_RESPONSE_INVALID', undefined, 60_001, true],
    ['TOKEN_RESPONSE_INVALID', undefined, -60_001, true],
    ['TOKEN_RESPONSE_INVALID', undefined, 60_000, false],
    ['TOKEN_CLIENT_REJECTED', assertion, 60_001, true],
    ['TOKEN_REQUEST_DENIED', assertion, 60_001, true],
    ['TOKEN_CLIENT_REJECTED', undefined, 60_001, false],
    ['TOKEN_REQUEST_THROTTLED', assertion, 60_001, false],
  ])('is the reason of %s, assertion %j, %d ms: %s', (code, sent, hostAheadMs, isReason) => {
    const judge = () => clockOf(exchangeWith({ assertion: sent, hostAheadMs }), undefined, failure(code));
    if (isReason)
      expect(judge).toThrow(
        new ProblemFound('DOCTOR_CLOCK_OFF', off(60, hostAheadMs > 0 ? 'ahead of' : 'behind'), ntp),
      );
    else expect(judge()).toMatchObject({ code: 'DOCTOR_CLOCK_OFF' });
  });

  it('is no reason of an error that is not ours', () => {
    const error = Object.assign(new Error('no'), { code: 'TOKEN_RESPONSE_INVALID' });
    expect(clockOf(exchangeWith({ hostAheadMs: 1e6 }), undefined, error)).toMatchObject({
      code: 'DOCTOR_CLOCK_OFF',
    });
  });
});

describe('the status of the token endpoint', () => {
  it.each([
    [true, 'http:', 'DOCTOR_TLS_EXPECTED'],
    [true, 'https:', 'TOKEN_ENDPOINT_UNREACHABLE'],
    [false, 'http:', 'TOKEN_ENDPOINT_UNREACHABLE'],
  ])('is that of TLS: %s, where the URL says %s', async (tls, protocol, code) => {
    await using oauth = await MockOAuthServer.start({ tls });
    const address = oauth.tokenUrl.replace(/^https?:/, protocol);
    const check = await examined((scene) =>
      checkStatus(
        Object.assign(scene, { exchange: exchangeWith({ url: new URL(address) }) }),
        failure('TOKEN_ENDPOINT_UNREACHABLE'),
      ),
    );
    expect(check('endpoint-status').code).toBe(code);
    if (code === 'DOCTOR_TLS_EXPECTED')
      expect(check('endpoint-status').error).toBe(
        `127.0.0.1:${new URL(address).port} speaks TLS, and the URL says http. Write https in WORKER_AUTH_TOKEN_URL (or atlan_auth_url in the secret).`,
      );
  });

  it('is none where nobody was asked, nobody is there, or nobody answers', async () => {
    await using deaf = await openDeafPort();
    const at = (port: number) => exchangeWith({ url: new URL(`http://127.0.0.1:${port}/token`) });
    for (const exchange of [undefined, at(1), at(deaf.port)]) {
      const check = await examined(
        (scene) => checkStatus(Object.assign(scene, { exchange }), failure('TOKEN_ENDPOINT_UNREACHABLE')),
        { timeoutMs: 50 },
      );
      expect(check('endpoint-status').code).toBe('TOKEN_ENDPOINT_UNREACHABLE');
    }
  });

  it.each([
    [undefined, exchangeWith({ status: 200 }), '200'],
    [failure('TOKEN_CLIENT_REJECTED', 401), exchangeWith({ status: 401 }), '401'],
    [Object.assign(new Error('no'), { code: 'TOKEN_REQUEST_REDIRECTED' }), undefined, 'unknown'],
  ])('is an answer: %s', async (error, exchange, status) => {
    const found = await examined((scene) => checkStatus(Object.assign(scene, { exchange }), error));
    expect(found('endpoint-status')).toEqual({
      ...{ description: `the token endpoint answers with status ${status}`, result: 'success' },
    });
  });
});
