import { status } from '@grpc/grpc-js';
import type { JWTPayload } from 'jose';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeClock } from '../src/fake-clock.ts';
import {
  TemporalAuthGateway,
  type TemporalAuthGatewayOptions,
} from '../src/gateway/temporal-auth-gateway.ts';
import { BytesClient, HEALTH_CHECK, type CallSettings } from './support/grpc.ts';
import { createIssuer, type Issuer } from './support/issuer.ts';
import { RawClient, responseOf } from './support/raw-http2.ts';
import { TemporalEcho } from './support/temporal-echo.ts';

const clock = new FakeClock();
const now = clock.wallNow() / 1_000;

let issuer: Issuer;
let echo: TemporalEcho;
let gateway: TemporalAuthGateway;
let client: BytesClient;

beforeAll(async () => {
  issuer = await createIssuer();
  echo = await TemporalEcho.start();
  gateway = await startEnvoyLike();
  client = new BytesClient(gateway.address);
});

afterAll(async () => {
  client[Symbol.dispose]();
  await gateway.stop();
  await echo[Symbol.asyncDispose]();
});

function startEnvoyLike(options: Partial<TemporalAuthGatewayOptions> = {}): Promise<TemporalAuthGateway> {
  const jwks = issuer.jwks;
  return TemporalAuthGateway.start({ upstream: echo.address, jwks, clock, speaks: 'envoy', ...options });
}

async function ask(method: string, settings: CallSettings = {}, asked = client): Promise<string> {
  const { code, details } = await asked.unary(method, settings);
  return code === status.OK ? 'passed' : `${status[code]} ${details}`;
}

async function askWith(
  claims: JWTPayload,
  header?: Record<string, unknown>,
  asked = client,
): Promise<string> {
  return ask('DescribeNamespace', { token: await issuer.mint(claims, header) }, asked);
}

describe('an Envoy before every path', () => {
  it.each(['GetSystemInfo', HEALTH_CHECK, 'DescribeNamespace', 'InventedMethod'])(
    'rejects %s without a token',
    async (method) => {
      expect(await ask(method)).toBe('UNAUTHENTICATED Jwt is missing');
    },
  );

  it('hands on whatever comes with a good token, known to Temporal or not, and whatever it may do', async () => {
    const token = await issuer.mint({ permissions: undefined });
    expect(await ask('DescribeNamespace', { token })).toBe('passed');
    expect(await ask('InventedMethod', { token })).toMatch(/^UNIMPLEMENTED/);
    expect(gateway.calls.at(-1)).toMatchObject({ verdict: 'passed', token: { number: 1 } });
  });

  it('challenges the caller', async () => {
    using raw = new RawClient(gateway.address);
    const path = '/the.Service/Method';
    const { response } = await responseOf(raw.request({ ':path': path, authorization: 'Bearer x' }).end());
    expect(response?.fields).toMatchObject({
      'www-authenticate': `Bearer realm="http://${gateway.address}${path}", error="invalid_token"`,
      'content-type': 'application/grpc',
      server: 'envoy',
    });
    const missing = await responseOf(raw.request({ ':path': path }).end());
    expect(missing.response?.fields['www-authenticate']).toBe(
      `Bearer realm="http://${gateway.address}${path}"`,
    );
  });
});

describe('a token before Envoy', () => {
  it.each([
    ['exp', now - 60, 'passed'],
    ['exp', now - 61, 'UNAUTHENTICATED Jwt is expired'],
    ['nbf', now + 60, 'passed'],
    ['nbf', now + 61, 'UNAUTHENTICATED Jwt not yet valid'],
    ['iat', now + 9_000, 'passed'],
  ])('is good 60 s before and after its time: %s of %d, %s', async (claim, value, expected) => {
    expect(await askWith({ [claim]: value })).toBe(expected);
  });

  it('is good by another clock skew, where there is one', async () => {
    await using strict = await startEnvoyLike({ clockSkewSeconds: 1 });
    using caller = new BytesClient(strict.address);
    expect(await askWith({ exp: now - 1 }, {}, caller)).toBe('passed');
    expect(await askWith({ exp: now - 2 }, {}, caller)).toBe('UNAUTHENTICATED Jwt is expired');
  });

  it.each([
    ['expired', { exp: now - 61 }],
    ['not-yet-valid', { nbf: now + 61 }],
  ])('is %s in the record of its call', async (reason, claims) => {
    await askWith(claims);
    expect(gateway.calls.at(-1)?.reason).toBe(reason);
  });

  it('is in the record with what it claims', async () => {
    await askWith({ jti: 'token-7', exp: now + 9 });
    expect(gateway.calls.at(-1)?.token).toMatchObject({ id: 'token-7', expiresAtMs: (now + 9) * 1_000 });
  });

  it('has the issuer and the audience that are asked for', async () => {
    await using strict = await startEnvoyLike({
      issuer: 'https://issuer.example',
      audience: 'https://temporal/',
    });
    using caller = new BytesClient(strict.address);
    const good = { iss: 'https://issuer.example', aud: 'temporal' };
    expect(await askWith(good, {}, caller)).toBe('passed');
    expect(await askWith({ ...good, iss: 'other' }, {}, caller)).toBe(
      'UNAUTHENTICATED Jwt issuer is not configured',
    );
    expect(await askWith({ ...good, aud: 'other' }, {}, caller)).toBe(
      'PERMISSION_DENIED Audiences in Jwt are not allowed',
    );
    const reasons = strict.calls.map(({ reason }) => reason);
    expect(reasons).toEqual([undefined, 'wrong-issuer', 'wrong-audience']);
  });

  it('is rejected while the key set cannot be had, or has become too old', async () => {
    let answers = true;
    const keyServer = createServer((_request, response) => {
      response.writeHead(answers ? 200 : 503).end(JSON.stringify(issuer.jwks));
    });
    await once(keyServer.listen(0, '127.0.0.1'), 'listening');
    const jwks = `http://127.0.0.1:${(keyServer.address() as AddressInfo).port}`;
    await using fetching = await startEnvoyLike({ jwks, keyRefreshMs: 1_000 });
    using caller = new BytesClient(fetching.address);
    expect(await askWith({}, {}, caller)).toBe('passed');
    answers = false;
    expect(await askWith({}, {}, caller)).toBe('passed');
    await clock.advance(1_000);
    expect(await askWith({}, {}, caller)).toBe('UNAUTHENTICATED Jwks remote fetch is failed');
    expect(fetching.calls.at(-1)?.reason).toBe('keys-unavailable');
    answers = true;
    expect(await askWith({}, {}, caller)).toBe('passed');
    await new Promise((resolve) => keyServer.close(resolve));
  });
});

describe('options', () => {
  it.each([
    [{ speaks: 'temporal', issuer: 'x' }, "issuer is Envoy's: it needs speaks: 'envoy'"],
    [{ speaks: undefined, clockSkewSeconds: 1 }, TypeError],
    [{ clockSkewSeconds: 0 }, RangeError],
    [{ keyRefreshMs: Number.NaN }, RangeError],
  ] as const)('that make no sense are rejected: %o', async (options, error) => {
    await expect(startEnvoyLike(options)).rejects.toThrow(error);
  });
});
