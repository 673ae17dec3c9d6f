import type { status } from '@grpc/grpc-js';
import { once } from 'node:events';
import { connect, type Settings } from 'node:http2';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonWebKeySet } from '../src/authorization/key-source.ts';
import { TemporalAuthGateway } from '../src/gateway/temporal-auth-gateway.ts';
import type { RecordedRpc } from '../src/grpc/call-log.ts';
import { tokenFingerprint } from '../src/grpc/seen-tokens.ts';
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

it('says how many calls a connection may have open at once', async () => {
  const options = { upstream: echo.address, jwks: issuer.jwks, maxConcurrentStreams: 7 };
  await using gateway = await TemporalAuthGateway.start(options);
  const session = connect(`http://${gateway.address}`);
  const [settings] = (await once(session, 'remoteSettings')) as [Settings];
  session.destroy();
  expect(settings.maxConcurrentStreams).toBe(7);
});

describe('what the gateway tells', () => {
  it('counts by method what passed and what was rejected', async () => {
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
    expect(gateway.rejected).toEqual(new Map([['DescribeNamespace', 1]]));
    expect(gateway.totals).toEqual({ passed: 3, rejected: 1 });
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
    const shared = { method, path, metadata: {}, reason: undefined };
    const passed = { ...shared, namespace: 'default', verdict: 'passed', token: seen };
    const rejected = {
      ...passed,
      namespace: undefined,
      verdict: 'rejected',
      reason: 'no-token',
      token: undefined,
    };
    expect(events).toEqual([passed, rejected]);
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

  it('tells the tokens of a method, as fingerprints', async () => {
    await using gateway = await gatewayWith(issuer.jwks);
    using client = new BytesClient(gateway.address);
    await client.unary(HEALTH_CHECK, { token: 'x' });
    await describeNamespace(client, token);
    await describeNamespace(client);
    expect(gateway.tokensOf()).toEqual([tokenFingerprint('x'), tokenFingerprint(token), undefined]);
    expect(gateway.tokensOf('Describe*')).toEqual([tokenFingerprint(token), undefined]);
    expect(gateway.caCertificate).toBeUndefined();
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

  it('takes the port that it is given, and says when that is taken', async () => {
    await using gateway = await gatewayWith(issuer.jwks);
    const { port } = gateway;
    const options = { upstream: echo.address, jwks: issuer.jwks, port };
    await expect(TemporalAuthGateway.start(options)).rejects.toThrow('EADDRINUSE');
    await gateway.stop();
    await using next = await TemporalAuthGateway.start(options);
    expect(next.port).toBe(port);
  });
});
