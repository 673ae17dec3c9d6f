import { Metadata, status } from '@grpc/grpc-js';
import type { JWTPayload } from 'jose';
import { generateKeyPairSync, sign } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeClock, TemporalAuthGateway, type RecordedRpc } from '../src/index.ts';
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
  it('passes when it is signed by a known key', async () => {
    expect(await verdictOf({})).toBe('passed');
  });

  it('passes with ES256 as well', async () => {
    expect(await verdict('DescribeNamespace', { token: await elliptic.mint() })).toBe('passed');
  });

  it('is rejected with ES256 by a key of P-384', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    const jwks = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'key-3' }] };
    await using other = await TemporalAuthGateway.start({ upstream: echo.address, jwks });
    using caller = new BytesClient(other.address);
    const signed = [{ alg: 'ES256', kid: 'key-3' }, { sub: 'worker' }]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');
    const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' });
    const token = `${signed}.${signature.toString('base64url')}`;
    expect((await caller.unary('GetSystemInfo', { token })).code).toBe(status.PERMISSION_DENIED);
    expect(other.calls[0]?.reason).toBe('bad-signature');
  });

  it('is rejected when another key signed it under a known kid', async () => {
    const impostor = await createIssuer();
    expect(await verdict('DescribeNamespace', { token: await impostor.mint() })).toBe('bad-signature');
  });

  it('is rejected when its payload was changed', async () => {
    const [header, , signature] = (await issuer.mint()).split('.');
    const payload = Buffer.from('{"sub":"worker","permissions":["default:admin"]}').toString('base64url');
    const token = `${header ?? ''}.${payload}.${signature ?? ''}`;
    expect(await verdict('DescribeNamespace', { token })).toBe('bad-signature');
  });

  it('is rejected when the key set lacks its kid', async () => {
    expect(await verdictOf({}, { kid: 'key-3' })).toBe('unknown-key');
  });

  it('is rejected when its kid belongs to a key of another algorithm', async () => {
    expect(await verdictOf({}, { kid: 'key-2' })).toBe('unknown-key');
  });

  it('is rejected without a kid', async () => {
    expect(await verdictOf({}, { kid: undefined })).toBe('malformed-token');
  });

  it('is rejected with an algorithm that Temporal does not take', async () => {
    const other = await createIssuer('key-1', 'RS384');
    expect(await verdict('DescribeNamespace', { token: await other.mint() })).toBe('malformed-token');
  });

  it.each(['', 'x', 'x.y.z', 'e30.e30.', 'bnVsbA.bnVsbA.bnVsbA'])(
    'is rejected when it is "%s"',
    async (token) => {
      expect(await verdict('DescribeNamespace', { token })).toBe('malformed-token');
    },
  );

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

  it('is rejected with a part too many', async () => {
    expect(await verdict('DescribeNamespace', { token: `${await issuer.mint()}.x` })).toBe('malformed-token');
  });

  it.each([
    ['{"sub":"worker","a":{"b":"}"}} and more', undefined],
    ['{"sub":"worker"', 'malformed-token'],
    ['and {"sub":"worker"}', 'malformed-token'],
  ])('has its claims at the beginning of its payload, as Go reads them: %s', async (payload, reason) => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwks = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'key-3' }] };
    await using other = await TemporalAuthGateway.start({ upstream: echo.address, jwks });
    using caller = new BytesClient(other.address);
    const signed = ['{"alg":"ES256","kid":"key-3"}', payload]
      .map((part) => Buffer.from(part).toString('base64url'))
      .join('.');
    const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' });
    await caller.unary('GetSystemInfo', { token: `${signed}.${signature.toString('base64url')}` });
    expect(other.calls[0]?.reason).toBe(reason);
  });

  it('is rejected with a character too many, which no base64 has', async () => {
    expect(await verdict('DescribeNamespace', { token: `${await issuer.mint()}AAA` })).toBe(
      'malformed-token',
    );
  });

  it('is rejected when exp is not a number', async () => {
    expect(await verdictOf({ exp: String(now + 60) as unknown as number })).toBe('expired');
  });

  it.each([
    ['iat', 'issued-in-the-future'],
    ['nbf', 'not-yet-valid'],
  ])('is rejected when %s is a text, even one of a number', async (claim, expected) => {
    expect(await verdictOf({ [claim]: '1' })).toBe(expected);
  });

  it.each(['!!', '!!!!'])('is rejected with signs around it that no base64 has: %s', async (signs) => {
    const token = await issuer.mint();
    expect(await verdict('DescribeNamespace', { token: `${signs}${token}` })).toBe('malformed-token');
    expect(await verdict('DescribeNamespace', { token: `${token}${signs}` })).toBe('malformed-token');
  });

  it('is rejected when sub is not a string', async () => {
    expect(await verdictOf({ sub: undefined as unknown as string })).toBe('no-subject');
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
