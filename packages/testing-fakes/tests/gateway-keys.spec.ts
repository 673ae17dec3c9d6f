import { status } from '@grpc/grpc-js';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonWebKeySet } from '../src/authorization/key-source.ts';
import { FakeClock } from '../src/fake-clock.ts';
import {
  TemporalAuthGateway,
  type TemporalAuthGatewayOptions,
} from '../src/gateway/temporal-auth-gateway.ts';
import type { RecordedRpc } from '../src/grpc/call-log.ts';
import { BytesClient } from './support/grpc.ts';
import { createIssuer } from './support/issuer.ts';
import { TemporalEcho } from './support/temporal-echo.ts';

const issuer = await createIssuer();
const rotated = await createIssuer('key-2');
const token = await issuer.mint({ exp: 4_000_000_000 });
const next = await rotated.mint({ exp: 4_000_000_000 });
const bothKeys = { keys: [...issuer.jwks.keys, ...rotated.jwks.keys] };

let echo: TemporalEcho;
let clock: FakeClock;

beforeEach(async () => {
  clock = new FakeClock();
  echo = await TemporalEcho.start();
});

afterEach(() => echo[Symbol.asyncDispose]());

function gatewayWith(
  jwks: JsonWebKeySet | string,
  options: Partial<TemporalAuthGatewayOptions> = {},
): Promise<TemporalAuthGateway> {
  return TemporalAuthGateway.start({ upstream: echo.address, jwks, clock, ...options });
}

/** A gateway, and what it says to a token. */
async function open(...given: Parameters<typeof gatewayWith>) {
  const gateway = await gatewayWith(...given);
  const client = new BytesClient(gateway.address);
  return {
    gateway,
    ask: async (bearer: string): Promise<status> =>
      (await client.unary('DescribeNamespace', { token: bearer })).code,
    [Symbol.asyncDispose]: async () => {
      client[Symbol.dispose]();
      await gateway.stop();
    },
  };
}

describe('a key set that is fetched', () => {
  let keyServer: Server;
  let url: string;
  let jwks: JsonWebKeySet;
  let keyStatus: number;
  let fetches: number;

  beforeEach(async () => {
    jwks = issuer.jwks;
    keyStatus = 200;
    fetches = 0;
    keyServer = createServer((_request, response) => {
      fetches++;
      response.writeHead(keyStatus, { 'content-type': 'application/json' }).end(JSON.stringify(jwks));
    });
    await once(keyServer.listen(0, '127.0.0.1'), 'listening');
    url = `http://127.0.0.1:${(keyServer.address() as AddressInfo).port}/jwks`;
  });

  afterEach(async () => {
    await new Promise((resolve) => keyServer.close(resolve));
  });

  it('is fetched once for all calls that wait for it, and not again', async () => {
    await using stage = await open(url);
    const codes = await Promise.all([1, 2, 3].map(() => stage.ask(token)));
    codes.push(await stage.ask(token));
    expect(codes).toEqual([status.OK, status.OK, status.OK, status.OK]);
    expect(fetches).toBe(1);
  });

  it('is fetched again for a kid that it lacks, once a second at most', async () => {
    await using stage = await open(url);
    await stage.ask(token);
    expect(await stage.ask(next)).toBe(status.PERMISSION_DENIED);
    jwks = bothKeys;
    await clock.advance(999);
    expect(await stage.ask(next)).toBe(status.PERMISSION_DENIED);
    expect(fetches).toBe(2);
    await clock.advance(1);
    expect(await stage.ask(next)).toBe(status.OK);
    expect(await stage.ask(token)).toBe(status.OK);
    expect(fetches).toBe(3);
  });

  it('is fetched twice, however many unknown kids come at once', async () => {
    await using stage = await open(url);
    await stage.ask(token);
    const unknown = await Promise.all(
      Array.from({ length: 50 }, (_, index) => issuer.mint({}, { kid: `x${index}` })),
    );
    const codes = await Promise.all(unknown.map((bearer) => stage.ask(bearer)));
    expect(new Set(codes)).toEqual(new Set([status.PERMISSION_DENIED]));
    expect(fetches).toBe(2);
  });

  it.each([
    [undefined, 60_000],
    [5_000, 5_000],
  ] as const)(
    'with keyRefreshMs of %s forgets a withdrawn key after %d ms',
    async (keyRefreshMs, afterMs) => {
      await using stage = await open(url, { keyRefreshMs });
      expect(await stage.ask(token)).toBe(status.OK);
      jwks = rotated.jwks;
      await clock.advance(afterMs - 1);
      expect(await stage.ask(token)).toBe(status.OK);
      await clock.advance(1);
      expect(await stage.ask(token)).not.toBe(status.OK);
      expect(stage.gateway.calls.at(-1)?.reason).toBe('unknown-key');
      expect(await stage.ask(next)).toBe(status.OK);
    },
  );

  it('that has another key under the same kid takes the old one’s tokens no more, not even one that it has seen', async () => {
    const impostor = await createIssuer();
    await using stage = await open(url);
    expect(await stage.ask(token)).toBe(status.OK);
    jwks = impostor.jwks;
    await clock.advance(60_000);
    expect(await stage.ask(token)).toBe(status.PERMISSION_DENIED);
    expect(stage.gateway.calls.at(-1)?.reason).toBe('bad-signature');
  });

  it('is read again when the clock was set back behind the last reading', async () => {
    await using stage = await open(url);
    await stage.ask(token);
    jwks = rotated.jwks;
    clock.stepWall(-1);
    expect(await stage.ask(token)).toBe(status.PERMISSION_DENIED);
  });

  it('stays good while the new one cannot be had', async () => {
    await using stage = await open(url);
    await stage.ask(token);
    keyStatus = 503;
    await clock.advance(60_000);
    expect(await stage.ask(token)).toBe(status.OK);
    expect(fetches).toBe(2);
  });

  it('that cannot be had makes calls rejected, until it can', async () => {
    await using stage = await open(url);
    const reasons: RecordedRpc['reason'][] = [];
    stage.gateway.subscribe((event) => reasons.push(event.reason));
    keyStatus = 503;
    expect(await stage.ask(token)).toBe(status.PERMISSION_DENIED);
    keyStatus = 200;
    expect(await stage.ask(token)).toBe(status.OK);
    expect(reasons).toEqual(['keys-unavailable', undefined]);
  });

  it('that is awaited when the gateway stops is given up, without a verdict', async () => {
    keyServer.removeAllListeners('request');
    const asked = once(keyServer, 'request');
    await using stage = await open(url);
    const call = stage.ask(token);
    await asked;
    await stage.gateway.stop();
    expect(await call).toBe(status.UNAVAILABLE);
    expect(stage.gateway.totals).toEqual({ passed: 0, rejected: 0 });
  });
});

describe('a key set that is given', () => {
  it('is rejected when Temporal would not take it', async () => {
    const jwks = { keys: [{ kty: 'new', kid: 'x' }] };
    await expect(gatewayWith(jwks)).rejects.toThrow(
      'Temporal does not take a key set with such a key as "x"',
    );
  });

  it('may hold an RSA and an elliptic key of one kid', async () => {
    const elliptic = await createIssuer('key-1', 'ES256');
    await using stage = await open({ keys: [...issuer.jwks.keys, ...elliptic.jwks.keys] });
    expect(await stage.ask(token)).toBe(status.OK);
    expect(await stage.ask(await elliptic.mint())).toBe(status.OK);
  });
});
