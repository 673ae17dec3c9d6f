import { status } from '@grpc/grpc-js';
import { once } from 'node:events';
import { connect } from 'node:http2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../src/fake-clock.ts';
import { TemporalAuthGateway } from '../src/gateway/temporal-auth-gateway.ts';
import { BytesClient, requestFor, WORKFLOW_SERVICE } from './support/grpc.ts';
import { type GatewayScene, openGateway } from './support/gateway-scene.ts';
import { createIssuer } from './support/issuer.ts';
import { RawClient, responseOf } from './support/raw-http2.ts';
import type { TemporalEcho } from './support/temporal-echo.ts';

const issuer = await createIssuer();
const first = await issuer.mint({ jti: 'first' });
const describeNamespace = { ':path': `${WORKFLOW_SERVICE}/DescribeNamespace` };

let clock: FakeClock;
let echo: TemporalEcho;
let gateway: TemporalAuthGateway;
let client: BytesClient;
let scene: GatewayScene;

beforeEach(async () => {
  clock = new FakeClock();
  scene = await openGateway({ jwks: issuer.jwks, clock });
  ({ echo, gateway, client } = scene);
});

afterEach(() => scene[Symbol.asyncDispose]());

async function codeOf(method: string, token = first): Promise<status> {
  return (await client.unary(method, { token })).code;
}

describe('a fault', () => {
  it('of a gRPC status ends calls with it, whatever the text', async () => {
    gateway.injectFault({ status: 'UNAVAILABLE', message: '100 % überlastet\n' });
    const outcome = await client.unary('DescribeNamespace', { token: first });
    expect([outcome.code, outcome.details]).toEqual([status.UNAVAILABLE, '100 % überlastet\n']);
    expect(await codeOf('DescribeNamespace')).toBe(status.OK);
  });

  it('is told as such', async () => {
    gateway.injectFault('permissionDenied');
    await codeOf('DescribeNamespace');
    expect(gateway.calls).toMatchObject([{ verdict: 'rejected', reason: 'fault', token: { number: 1 } }]);
  });

  it('for some time ends by the clock', async () => {
    gateway.injectFault('permissionDenied', { forMs: 60_000 });
    expect(await codeOf('DescribeNamespace')).toBe(status.PERMISSION_DENIED);
    await clock.advance(60_000);
    expect(await codeOf('DescribeNamespace')).toBe(status.OK);
  });

  it('of one namespace meets the calls about it alone', async () => {
    gateway.failWith(({ namespace }) => (namespace === 'second' ? 'unavailable' : undefined));
    const calls: [string, Buffer][] = [
      ['DescribeNamespace', requestFor('second')],
      ['RespondActivityTaskCompleted', requestFor('second', 4)],
      ['DescribeNamespace', requestFor('default')],
      ['GetSystemInfo', requestFor('second')],
    ];
    const codes = [];
    for (const [method, body] of calls) codes.push((await client.unary(method, { token: first, body })).code);
    const { UNAVAILABLE, OK } = status;
    expect(codes).toEqual([UNAVAILABLE, UNAVAILABLE, OK, OK]);
  });

  it('of a delay alone answers late, by the clock, and properly', async () => {
    gateway.injectFault({ delayMs: 60_000 }, { times: 2 });
    const calls = [codeOf('DescribeNamespace'), client.unary('DescribeNamespace').then(({ code }) => code)];
    await expect.poll(() => clock.pendingTimers).toBe(2);
    expect(gateway.calls).toEqual([]);
    await clock.advance(60_000);
    expect(await Promise.all(calls)).toEqual([status.OK, status.PERMISSION_DENIED]);
  });

  it('of a response delay lets the call pass at once, and answers late', async () => {
    gateway.injectFault({ responseDelayMs: 60_000 });
    const waiting = codeOf('DescribeNamespace');
    await expect.poll(() => clock.pendingTimers).toBe(1);
    expect(gateway.passed.get('DescribeNamespace')).toBe(1);
    await clock.advance(60_000);
    expect(await waiting).toBe(status.OK);
  });

  it('of a delay ends with a caller that leaves', async () => {
    gateway.injectFault({ delayMs: 60_000 });
    const waiting = client.unary('DescribeNamespace', { token: first });
    await expect.poll(() => clock.pendingTimers).toBe(1);
    gateway.dropConnections();
    expect((await waiting).code).toBe(status.UNAVAILABLE);
    await expect.poll(() => clock.pendingTimers).toBe(0);
    expect(gateway.calls).toEqual([]);
  });

  it('that hangs leaves other calls of the connection alone, and ends with the caller', async () => {
    gateway.injectFault('neverAnswers');
    let cancel = (): void => undefined;
    const hanging = client.unary('DescribeNamespace', {
      token: first,
      onCall: (call) => {
        cancel = () => {
          call.cancel();
        };
      },
    });
    await gateway.until(() => gateway.calls.length === 1);
    expect(await codeOf('DescribeNamespace')).toBe(status.OK);
    cancel();
    expect((await hanging).code).toBe(status.CANCELLED);
  });

  it.each(['drop', 'reset'] as const)(
    'of the connection (%s) cuts it, and the next one is good',
    async (how) => {
      gateway.injectFault({ connection: how });
      const session = connect(`http://${gateway.address}`);
      const failed = new Promise<string>((resolve) => {
        session.once('error', ({ code }: NodeJS.ErrnoException) => {
          resolve(code ?? '');
        });
        session.once('close', () => {
          resolve('closed');
        });
      });
      session.request({ ':path': '/', ':method': 'POST' }).on('error', () => undefined);
      expect(await failed).toBe(how === 'drop' ? 'closed' : 'ECONNRESET');
      await gateway.until(() => gateway.openConnections === 0);
      expect(await codeOf('DescribeNamespace')).toBe(status.OK);
      expect(gateway.connectionsSeen).toBe(2);
    },
  );

  it('of one call (cancel) resets it alone', async () => {
    gateway.injectFault({ connection: 'cancel' });
    expect(await codeOf('DescribeNamespace')).toBe(status.CANCELLED);
    expect(await codeOf('DescribeNamespace')).toBe(status.OK);
    expect(gateway.connectionsSeen).toBe(1);
  });

  it('of the connection works over TLS too', async () => {
    await using secure = await TemporalAuthGateway.start({
      upstream: echo.address,
      jwks: issuer.jwks,
      tls: true,
    });
    using trusting = new BytesClient(secure.address, secure.caCertificate);
    secure.injectFault('connectionReset');
    expect((await trusting.unary('DescribeNamespace', { token: first })).code).toBe(status.UNAVAILABLE);
    await secure.until(() => secure.openConnections === 0);
    expect(secure.calls).toHaveLength(1);
  });

  it('of GOAWAY lets the connection end its calls, and take no more', async () => {
    using raw = new RawClient(gateway.address);
    const release = gateway.hold('PollWorkflowTaskQueue');
    const authorization = `Bearer ${first}`;
    const poll = raw.request({ ':path': `${WORKFLOW_SERVICE}/PollWorkflowTaskQueue` }).end();
    const goingAway = once(raw.session, 'goaway');
    const closed = once(raw.session, 'close');
    await gateway.until(() => gateway.calls.length === 1);
    gateway.injectFault('goAway');
    const answered = await responseOf(raw.request({ ...describeNamespace, authorization }).end());
    expect(answered.response?.fields[':status']).toBe(200);
    await goingAway;
    expect(raw.session.closed).toBe(true);
    release();
    expect((await responseOf(poll)).response?.fields['grpc-status']).toBe('7');
    await closed;
    expect(await codeOf('DescribeNamespace')).toBe(status.OK);
  });
});

describe('a held call', () => {
  it('has its verdict, and is answered when it is let go', async () => {
    const release = gateway.hold('Describe*');
    const held = codeOf('DescribeNamespace');
    const { verdict } = await gateway.nextCall('DescribeNamespace');
    expect(verdict).toBe('passed');
    expect(await codeOf('StartWorkflowExecution')).toBe(status.OK);
    release();
    expect(await held).toBe(status.OK);
  });

  it('is the last one when the gateway starts anew', async () => {
    gateway.hold();
    await gateway.restart();
    await expect.poll(() => codeOf('DescribeNamespace')).toBe(status.OK);
  });

  it('is let go by the end of the gateway', async () => {
    gateway.hold();
    const held = codeOf('DescribeNamespace');
    await gateway.nextCall();
    await gateway.stop();
    expect(await held).toBe(status.UNAVAILABLE);
  });
});
