import { status } from '@grpc/grpc-js';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { inspect, promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TemporalAuthGateway, tokenFingerprint, type JsonWebKeySet, type RecordedRpc } from '../src/index.ts';
import { BytesClient, HEALTH_CHECK } from './support/grpc.ts';
import { createIssuer } from './support/issuer.ts';
import { TemporalEcho } from './support/temporal-echo.ts';

const issuer = await createIssuer();
const token = await issuer.mint({ jti: 'first', exp: 4_000_000_000 });

let echo: TemporalEcho;

beforeEach(async () => {
  echo = await TemporalEcho.start();
});

afterEach(() => echo[Symbol.asyncDispose]());

function gatewayWith(jwks: JsonWebKeySet | string): Promise<TemporalAuthGateway> {
  return TemporalAuthGateway.start({ upstream: echo.address, jwks });
}

async function describeNamespace(client: BytesClient, bearer?: string): Promise<status> {
  return (await client.unary('DescribeNamespace', { token: bearer })).code;
}

describe('what the gateway tells', () => {
  it('counts by method what passed and what was refused', async () => {
    await using gateway = await gatewayWith(issuer.jwks);
    using client = new BytesClient(gateway.address);
    await client.unary(HEALTH_CHECK);
    await describeNamespace(client, token);
    await describeNamespace(client, token);
    await describeNamespace(client);
    expect(gateway.passed).toEqual(
      new Map([
        ['Check', 1],
        ['DescribeNamespace', 2],
      ]),
    );
    expect(gateway.refused).toEqual(new Map([['DescribeNamespace', 1]]));
    expect(gateway.totals).toEqual({ passed: 3, refused: 1 });
  });

  it('tells each RPC with its method, verdict and token', async () => {
    await using gateway = await gatewayWith(issuer.jwks);
    using client = new BytesClient(gateway.address);
    const events: RecordedRpc[] = [];
    gateway.subscribe((event) => events.push(event));
    await describeNamespace(client, token);
    await describeNamespace(client);
    const method = 'DescribeNamespace';
    const path = '/temporal.api.workflowservice.v1.WorkflowService/DescribeNamespace';
    const fingerprint = tokenFingerprint(token);
    const seen = { number: 1, fingerprint, id: 'first', expiresAtMs: 4_000_000_000_000 };
    const passed = { method, path, namespace: 'default', verdict: 'passed', reason: undefined, token: seen };
    const refused = {
      ...passed,
      namespace: undefined,
      verdict: 'refused',
      reason: 'no-token',
      token: undefined,
    };
    expect(events).toEqual([passed, refused]);
    expect(gateway.calls).toEqual(events);
  });

  it('numbers tokens as they come, and tells the claims of an expired one but not of a forged one', async () => {
    await using gateway = await gatewayWith(issuer.jwks);
    using client = new BytesClient(gateway.address);
    const events: RecordedRpc[] = [];
    gateway.subscribe((event) => events.push(event));
    const expired = await issuer.mint({ jti: 'second', exp: 1 });
    const forged = await (await createIssuer()).mint({ jti: 'third' });
    for (const bearer of [token, expired, forged, token]) await describeNamespace(client, bearer);
    expect(events.map((event) => [event.token?.number, event.token?.id])).toEqual([
      [1, 'first'],
      [2, 'second'],
      [3, undefined],
      [1, 'first'],
    ]);
  });

  it('tells nothing to a listener that has left', async () => {
    await using gateway = await gatewayWith(issuer.jwks);
    using client = new BytesClient(gateway.address);
    const listener = vi.fn();
    const unsubscribe = gateway.subscribe(listener);
    await describeNamespace(client, token);
    unsubscribe();
    await describeNamespace(client, token);
    expect(listener).toHaveBeenCalledTimes(1);
  });

  it('never shows a token', async () => {
    await using gateway = await gatewayWith(issuer.jwks);
    using client = new BytesClient(gateway.address);
    const events: RecordedRpc[] = [];
    gateway.subscribe((event) => events.push(event));
    await describeNamespace(client, token);
    const [, payload, signature] = token.split('.');
    const shown =
      inspect([gateway, events], { depth: Infinity, showHidden: true }) + JSON.stringify([gateway, events]);
    expect(shown).toContain('first');
    expect(shown).not.toContain(payload);
    expect(shown).not.toContain(signature);
  });
});

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
    await using gateway = await gatewayWith(url);
    using client = new BytesClient(gateway.address);
    const codes = await Promise.all([1, 2, 3].map(() => describeNamespace(client, token)));
    codes.push(await describeNamespace(client, token));
    expect(codes).toEqual([status.OK, status.OK, status.OK, status.OK]);
    expect(fetches).toBe(1);
  });

  it('is fetched again for a kid that it lacks', async () => {
    await using gateway = await gatewayWith(url);
    using client = new BytesClient(gateway.address);
    await describeNamespace(client, token);
    const rotated = await createIssuer('key-2');
    const next = await rotated.mint();
    expect(await describeNamespace(client, next)).toBe(status.PERMISSION_DENIED);
    jwks = { keys: [...issuer.jwks.keys, ...rotated.jwks.keys] };
    expect(await describeNamespace(client, next)).toBe(status.OK);
    expect(await describeNamespace(client, token)).toBe(status.OK);
    expect(fetches).toBe(3);
  });

  it('that cannot be had makes calls refused, until it can', async () => {
    await using gateway = await gatewayWith(url);
    using client = new BytesClient(gateway.address);
    const reasons: RecordedRpc['reason'][] = [];
    gateway.subscribe((event) => reasons.push(event.reason));
    keyStatus = 503;
    expect(await describeNamespace(client, token)).toBe(status.PERMISSION_DENIED);
    keyStatus = 200;
    expect(await describeNamespace(client, token)).toBe(status.OK);
    expect(reasons).toEqual(['keys-unavailable', undefined]);
  });

  it('may hold keys of a kind that Temporal does not know', async () => {
    jwks = {
      keys: [{ kty: 'oct', kid: 'key-1', k: 'AAAA' }, ...issuer.jwks.keys, { kty: 'new', kid: 'key-1' }],
    };
    await using gateway = await gatewayWith(url);
    using client = new BytesClient(gateway.address);
    expect(await describeNamespace(client, token)).toBe(status.OK);
  });

  it('that is awaited when the gateway stops is given up, without a verdict', async () => {
    keyServer.removeAllListeners('request');
    const asked = once(keyServer, 'request');
    const gateway = await gatewayWith(url);
    using client = new BytesClient(gateway.address);
    const call = describeNamespace(client, token);
    await asked;
    await gateway.stop();
    expect(await call).toBe(status.UNAVAILABLE);
    expect(gateway.totals).toEqual({ passed: 0, refused: 0 });
  });

  it('and an open call leave nothing behind that keeps a process alive', async () => {
    const script = fileURLToPath(new URL('support/stop-and-exit.ts', import.meta.url));
    const run = promisify(execFile)(
      process.execPath,
      ['--conditions=@worker-auth/source', script, echo.address, url, token],
      // Nx asks for colours, which would be in what is printed.
      { timeout: 10_000, env: { PATH: process.env['PATH'] } },
    );
    expect((await run).stdout).toContain('{ passed: 1, refused: 0 }');
    expect(fetches).toBe(1);
  });
});

describe('start and stop', () => {
  it('may be repeated on the same port, and counts go on', async () => {
    await using gateway = await gatewayWith(issuer.jwks);
    const { address } = gateway;
    for (let i = 0; i < 2; i++) {
      using client = new BytesClient(address);
      await describeNamespace(client, token);
      await gateway.restart();
    }
    expect(gateway.address).toBe(address);
    expect(gateway.totals.passed).toBe(2);
  });

  it('takes a second stop, and refuses connections after it', async () => {
    const gateway = await gatewayWith(issuer.jwks);
    using client = new BytesClient(gateway.address);
    await gateway.stop();
    await expect(gateway.stop()).resolves.toBeUndefined();
    expect(await describeNamespace(client, token)).toBe(status.UNAVAILABLE);
  });

  it('takes the port that it is given, and says when that is taken', async () => {
    await using gateway = await gatewayWith(issuer.jwks);
    const { port } = gateway;
    const options = { upstream: echo.address, jwks: issuer.jwks, port };
    await expect(TemporalAuthGateway.start(options)).rejects.toThrow('EADDRINUSE');
    await gateway.stop();
    await using next = await TemporalAuthGateway.start(options);
    expect(next.port).toBe(port);
  });

  it('listens on the loopback interface alone', async () => {
    await using gateway = await gatewayWith(issuer.jwks);
    expect(gateway.address).toMatch(/^127\.0\.0\.1:\d+$/);
  });

  it('cuts connections on demand, and takes new ones at once', async () => {
    await using gateway = await gatewayWith(issuer.jwks);
    using client = new BytesClient(gateway.address);
    const poll = client.unary('PollWorkflowTaskQueue', { token });
    await vi.waitFor(() => {
      expect(echo.polls).toHaveLength(1);
    });
    gateway.dropConnections();
    expect((await poll).code).toBe(status.UNAVAILABLE);
    await vi.waitFor(async () => {
      expect(await describeNamespace(client, token)).toBe(status.OK);
    });
  });
});
