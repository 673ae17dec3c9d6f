import { status } from '@grpc/grpc-js';
import type { JWTPayload } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeClock } from '../src/fake-clock.ts';
import { TemporalAuthGateway } from '../src/gateway/temporal-auth-gateway.ts';
import type { RecordedRpc } from '../src/grpc/call-log.ts';
import { BytesClient, HEALTH_CHECK, requestFor, type CallSettings } from './support/grpc.ts';
import { type GatewayScene, openGateway } from './support/gateway-scene.ts';
import { createIssuer, type Issuer } from './support/issuer.ts';
import type { TemporalEcho } from './support/temporal-echo.ts';

const clock = new FakeClock();
const now = clock.wallNow() / 1_000;

let issuer: Issuer;
let elliptic: Issuer;
let echo: TemporalEcho;
let gateway: TemporalAuthGateway;
let client: BytesClient;
let scene: GatewayScene;

beforeAll(async () => {
  issuer = await createIssuer();
  elliptic = await createIssuer('key-2', 'ES256');
  const jwks = { keys: [...issuer.jwks.keys, ...elliptic.jwks.keys] };
  scene = await openGateway({ jwks, clock });
  ({ echo, gateway, client } = scene);
});

afterAll(() => scene[Symbol.asyncDispose]());

/** Makes a call and gives its verdict: `passed`, or the reason of the rejection. */
async function verdict(method: string, settings: CallSettings = {}): Promise<string> {
  const events: RecordedRpc[] = [];
  const unsubscribe = gateway.subscribe((event) => events.push(event));
  const outcome = await client.unary(method, settings);
  unsubscribe();
  const [event] = events;
  if (event?.verdict === 'passed') {
    expect(outcome.code).toBe(status.OK);
    return 'passed';
  }
  expect([outcome.code, outcome.details]).toEqual([status.PERMISSION_DENIED, 'Request unauthorized.']);
  return event?.reason ?? 'no event';
}

async function verdictOf(claims: JWTPayload, header?: Record<string, unknown>): Promise<string> {
  return verdict('DescribeNamespace', { token: await issuer.mint(claims, header) });
}

describe('a token', () => {
  it('passes with RS256 and with ES256', async () => {
    expect(await verdictOf({})).toBe('passed');
    expect(await verdict('DescribeNamespace', { token: await elliptic.mint() })).toBe('passed');
  });

  it.each([
    ['the key set lacks', 'key-3', 'unknown-key'],
    ['belongs to a key of another algorithm', 'key-2', 'unknown-key'],
    ['is not there', undefined, 'malformed-token'],
  ])('is rejected when its kid is one that %s', async (_why, kid, expected) => {
    expect(await verdictOf({}, { kid })).toBe(expected);
  });

  it('is rejected when another key signed it, when it is none, and without a subject', async () => {
    const forged = await (await createIssuer()).mint();
    expect(await verdict('DescribeNamespace', { token: forged })).toBe('bad-signature');
    expect(await verdict('DescribeNamespace', { token: 'x.y.z' })).toBe('malformed-token');
    expect(await verdictOf({ sub: 7 as unknown as string })).toBe('no-subject');
  });

  it('is rejected without the audience that is asked for', async () => {
    const options = { upstream: echo.address, jwks: issuer.jwks, audience: 'temporal' };
    await using strict = await TemporalAuthGateway.start(options);
    using caller = new BytesClient(strict.address);
    for (const aud of ['temporal', 'other']) {
      await caller.unary('DescribeNamespace', { token: await issuer.mint({ aud }) });
    }
    expect(strict.calls.map(({ reason }) => reason)).toEqual([undefined, 'wrong-audience']);
  });

  it.each([
    ['exp', { exp: now }, 'expired'],
    ['exp', { exp: now + 1 }, 'passed'],
    ['nbf', { nbf: now + 1 }, 'not-yet-valid'],
    ['nbf', { nbf: now }, 'passed'],
    ['iat', { iat: now + 1 }, 'issued-in-the-future'],
    ['iat', { iat: now }, 'passed'],
  ])('is measured by %s without leeway: %o is %s', async (_claim, claims, expected) => {
    expect(await verdictOf(claims)).toBe(expected);
  });

  it('is asked for, but for GetSystemInfo and the health check, which reject a bad one too', async () => {
    const expired = await issuer.mint({ exp: now - 1 });
    for (const method of ['GetSystemInfo', HEALTH_CHECK]) {
      expect([await verdict(method), await verdict(method, { token: expired })]).toEqual([
        'passed',
        'expired',
      ]);
    }
    expect(await verdict('DescribeNamespace')).toBe('no-token');
  });
});

describe('a permission', () => {
  it.each([
    ['rea', 'read', 'missing-role'],
    ['rea', 'rea:read', 'passed'],
    ['', ':read', 'passed'],
  ])('for the namespace "%s" has a colon: %s is %s', async (namespace, permission, expected) => {
    const token = await issuer.mint({ permissions: [permission] });
    expect(await verdict('DescribeNamespace', { token, body: requestFor(namespace) })).toBe(expected);
  });

  it.each([
    ['default:admin', status.PERMISSION_DENIED],
    ['temporal-system:admin', status.UNIMPLEMENTED],
  ])('of %s at the admin service gives %d', async (permission, code) => {
    const token = await issuer.mint({ permissions: [permission] });
    const method = '/temporal.server.api.adminservice.v1.AdminService/DescribeCluster';
    expect((await client.unary(method, { token })).code).toBe(code);
    expect(gateway.calls.at(-1)?.verdict).toBe(code === status.PERMISSION_DENIED ? 'rejected' : 'passed');
  });
});

describe('a method that Temporal does not have', () => {
  it('is UNIMPLEMENTED, whatever the token', async () => {
    for (const token of [undefined, 'x', await issuer.mint({ permissions: ['temporal-system:admin'] })]) {
      const outcome = await client.unary('InventedMethod', { token });
      expect([outcome.code, outcome.details]).toEqual([
        status.UNIMPLEMENTED,
        'unknown method InventedMethod for service temporal.api.workflowservice.v1.WorkflowService',
      ]);
      expect(gateway.calls.at(-1)?.reason).toBe('unknown-method');
    }
  });
});

describe('the namespace', () => {
  it('is read from the request', async () => {
    const token = await issuer.mint({ permissions: ['orders:write', 'orders:read'] });
    expect(await verdict('StartWorkflowExecution', { token, body: requestFor('orders') })).toBe('passed');
    expect(await verdict('StartWorkflowExecution', { token, body: requestFor('payments') })).toBe(
      'missing-role',
    );
  });

  it('is read from the field in which the method has it', async () => {
    const token = await issuer.mint();
    const method = 'RespondActivityTaskCompleted';
    expect(await verdict(method, { token, body: requestFor('default', 4) })).toBe('passed');
    expect(await verdict(method, { token, body: requestFor('default', 1) })).toBe('missing-role');
  });

  it.each([
    ['default:write', 'StartWorkflowExecution', 'default'],
    ['default:read', 'StartWorkflowExecution', 'default'],
    ['temporal-system:write', 'StartWorkflowExecution', undefined],
    ['temporal-system:admin', 'StartWorkflowExecution', undefined],
    ['default:admin', 'GetClusterInfo', undefined],
  ])('is read where it decides, and recorded: %s for %s, %s', async (permission, method, expected) => {
    await verdict(method, { token: await issuer.mint({ permissions: [permission] }) });
    expect(gateway.calls.at(-1)?.namespace).toBe(expected);
  });

  it('of an empty request is no namespace that anyone has a role in', async () => {
    const token = await issuer.mint();
    expect(await verdict('StartWorkflowExecution', { token, body: Buffer.alloc(0) })).toBe('missing-role');
  });
});
