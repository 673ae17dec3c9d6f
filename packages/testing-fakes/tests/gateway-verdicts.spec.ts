import { Metadata, status } from '@grpc/grpc-js';
import type { JWTPayload } from 'jose';
import { generateKeyPairSync, sign } from 'node:crypto';
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

/** The reason of the rejection of a token that a key of this curve signed, at a gateway that has the key. */
async function reasonOf(namedCurve: string, header: string, payload: string): Promise<unknown> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve });
  const jwks = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'key-3' }] };
  await using other = await TemporalAuthGateway.start({ upstream: echo.address, jwks });
  using caller = new BytesClient(other.address);
  const signed = [header, payload].map((part) => Buffer.from(part).toString('base64url')).join('.');
  const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  await caller.unary('GetSystemInfo', { token: `${signed}.${signature.toString('base64url')}` });
  return other.calls[0]?.reason;
}

function withPayload(token: string): string {
  const [header = '', , signature = ''] = token.split('.');
  const payload = Buffer.from('{"sub":"worker","permissions":["default:admin"]}').toString('base64url');
  return `${header}.${payload}.${signature}`;
}

async function mintRs384(): Promise<string> {
  return (await createIssuer('key-1', 'RS384')).mint();
}

describe('a token', () => {
  it('passes with RS256 and with ES256', async () => {
    expect(await verdictOf({})).toBe('passed');
    expect(await verdict('DescribeNamespace', { token: await elliptic.mint() })).toBe('passed');
  });

  it.each<[string, (token: string) => string | Promise<string>, string]>([
    ['another key signed it under a known kid', async () => (await createIssuer()).mint(), 'bad-signature'],
    ['its payload was changed', withPayload, 'bad-signature'],
    ['its algorithm is none that Temporal takes', mintRs384, 'malformed-token'],
    ['it has a part too many', (token) => `${token}.x`, 'malformed-token'],
    ['it has a character too many, which no base64 has', (token) => `${token}AAA`, 'malformed-token'],
    ['signs stand before it that no base64 has', (token) => `!!${token}`, 'malformed-token'],
    ['four signs stand before it', (token) => `!!!!${token}`, 'malformed-token'],
    ['signs stand behind it that no base64 has', (token) => `${token}!!`, 'malformed-token'],
    ['four signs stand behind it', (token) => `${token}!!!!`, 'malformed-token'],
    ['it is empty', () => '', 'malformed-token'],
    ['it has one part', () => 'x', 'malformed-token'],
    ['its parts are no base64', () => 'x.y.z', 'malformed-token'],
    ['it is not signed', () => 'e30.e30.', 'malformed-token'],
    ['its parts are null', () => 'bnVsbA.bnVsbA.bnVsbA', 'malformed-token'],
  ])('is rejected when %s', async (_why, change, expected) => {
    expect(await verdict('DescribeNamespace', { token: await change(await issuer.mint()) })).toBe(expected);
  });

  it.each([
    ['the key set lacks', 'key-3', 'unknown-key'],
    ['belongs to a key of another algorithm', 'key-2', 'unknown-key'],
    ['is not there', undefined, 'malformed-token'],
  ])('is rejected when its kid is one that %s', async (_why, kid, expected) => {
    expect(await verdictOf({}, { kid })).toBe(expected);
  });

  it('is rejected with ES256 by a key of P-384', async () => {
    expect(await reasonOf('P-384', '{"alg":"ES256","kid":"key-3"}', '{"sub":"worker"}')).toBe(
      'bad-signature',
    );
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

  it.each([
    ['exp', -1, 'expired'],
    ['exp', now + 0.9, 'expired'],
    ['exp', now + 1.9, 'passed'],
    ['exp', 0.5, 'expired'],
    ['exp', 0, 'passed'],
    ['exp', 9.22337197e18, 'passed'],
    ['exp', 9.2233721e18, 'expired'],
    ['exp', 1e300, 'expired'],
    ['exp', 2 ** 63, 'expired'],
    ['exp', 2 ** 63 - 62_135_596_800, 'expired'],
    ['iat', 9.22337197e18, 'issued-in-the-future'],
    ['iat', 9.2233721e18, 'passed'],
    ['nbf', 9.22337197e18, 'not-yet-valid'],
    ['nbf', 1e19, 'passed'],
    ['nbf', -1e300, 'passed'],
  ])('has its %s in the range of Go’s time: %d is %s', async (claim, value, expected) => {
    expect(await verdictOf({ [claim]: value })).toBe(expected);
  });

  it('is rejected with a number that no float can hold', async () => {
    const payload = { sub: 'worker', permissions: ['default:write'] };
    const number = 'HERE' as unknown as number;
    const [header = ''] = (await issuer.mint()).split('.');
    const body = JSON.stringify({ ...payload, exp: number }).replace('"HERE"', '1e400');
    const token = `${header}.${Buffer.from(body).toString('base64url')}.AAAA`;
    expect(await verdict('DescribeNamespace', { token })).toBe('malformed-token');
  });

  it.each([
    ['{"sub":"worker","a":{"b":"}"}} and more', undefined],
    ['{"sub":"worker"', 'malformed-token'],
    ['and {"sub":"worker"}', 'malformed-token'],
  ])('has its claims at the beginning of its payload, as Go reads them: %s', async (payload, reason) => {
    expect(await reasonOf('P-256', '{"alg":"ES256","kid":"key-3"}', payload)).toBe(reason);
  });

  it.each([
    ['exp', String(now + 60), 'expired'],
    ['iat', '1', 'issued-in-the-future'],
    ['nbf', '1', 'not-yet-valid'],
    ['sub', undefined, 'no-subject'],
  ])('is rejected when %s is of another type: %s', async (claim, value, expected) => {
    expect(await verdictOf({ [claim]: value })).toBe(expected);
  });
});

describe('the audience', () => {
  it.each([
    ['temporal', 'passed'],
    [['other', 'temporal'], 'passed'],
    ['other', 'wrong-audience'],
    ['', 'wrong-audience'],
    [undefined, 'wrong-audience'],
    [[], 'wrong-audience'],
    [['temporal', 7], 'wrong-audience'],
    ['Temporal', 'wrong-audience'],
  ])('%o, where temporal is asked for: %s', async (aud, expected) => {
    const options = { upstream: echo.address, jwks: issuer.jwks, audience: 'temporal' };
    await using strict = await TemporalAuthGateway.start(options);
    using caller = new BytesClient(strict.address);
    const token = await issuer.mint({ aud: aud as string });
    await caller.unary('DescribeNamespace', { token });
    expect(strict.calls[0]?.reason ?? 'passed').toBe(expected);
  });

  it('is not looked at where none is asked for', async () => {
    expect(await verdictOf({ aud: 'other' })).toBe('passed');
  });
});

describe('the authorization header', () => {
  it.each([
    ['bearer', 'passed'],
    ['BEARER', 'passed'],
    ['Basic', 'malformed-token'],
  ])('with the scheme %s: %s', async (scheme, expected) => {
    const metadata = new Metadata();
    metadata.set('authorization', `${scheme} ${await issuer.mint()}`);
    expect(await verdict('DescribeNamespace', { metadata })).toBe(expected);
  });

  it('that is empty counts as none', async () => {
    const metadata = new Metadata();
    metadata.set('authorization', '');
    expect(await verdict('DescribeNamespace', { metadata })).toBe('no-token');
    expect(await verdict('GetSystemInfo', { metadata })).toBe('passed');
  });
});

describe('without a token', () => {
  it.each(['GetSystemInfo', HEALTH_CHECK])('%s passes', async (method) => {
    expect(await verdict(method)).toBe('passed');
  });

  it('every other method is rejected', async () => {
    expect(await verdict('DescribeNamespace')).toBe('no-token');
  });
});

describe('with a bad token', () => {
  it.each(['GetSystemInfo', HEALTH_CHECK])('%s is rejected', async (method) => {
    expect(await verdict(method, { token: await issuer.mint({ exp: now - 1 }) })).toBe('expired');
  });
});

describe('permissions', () => {
  it.each([
    [['default:read'], 'DescribeNamespace', 'passed'],
    [['default:read'], 'StartWorkflowExecution', 'missing-role'],
    [['default:write'], 'StartWorkflowExecution', 'passed'],
    [['default:WRITE'], 'StartWorkflowExecution', 'passed'],
    [['default:worker'], 'DescribeNamespace', 'missing-role'],
    [['default:worker', 'default:read'], 'DescribeNamespace', 'passed'],
    [['default:worker', 'default:read'], 'StartWorkflowExecution', 'missing-role'],
    [['default:admin'], 'UpdateNamespace', 'passed'],
    [['default:write', 'default:read', 'default:worker'], 'UpdateNamespace', 'missing-role'],
    [['default:owner'], 'DescribeNamespace', 'missing-role'],
    [['other:admin'], 'DescribeNamespace', 'missing-role'],
    [['Default:admin'], 'DescribeNamespace', 'missing-role'],
    [['temporal-system:write'], 'StartWorkflowExecution', 'passed'],
    [['temporal-system:read'], 'StartWorkflowExecution', 'missing-role'],
    [['temporal-system:read', 'default:write'], 'StartWorkflowExecution', 'passed'],
    [['temporal-system:read'], 'GetClusterInfo', 'passed'],
    [['default:admin'], 'GetClusterInfo', 'missing-role'],
    [['system:admin'], 'GetClusterInfo', 'missing-role'],
    [[7, null, 'default:write'], 'StartWorkflowExecution', 'passed'],
    ['default:write', 'DescribeNamespace', 'missing-role'],
  ])('%o for %s: %s', async (permissions, method, expected) => {
    expect(await verdict(method, { token: await issuer.mint({ permissions }) })).toBe(expected);
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

describe('a service that Temporal does not have', () => {
  it('is UNIMPLEMENTED, and said to be unknown', async () => {
    const outcome = await client.unary('/no.such.Service/Method');
    expect([outcome.code, outcome.details]).toEqual([
      status.UNIMPLEMENTED,
      'unknown service no.such.Service',
    ]);
  });
});

describe('the namespace', () => {
  it('is read from the request', async () => {
    const token = await issuer.mint({ permissions: ['orders:write'] });
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
