import { status } from '@grpc/grpc-js';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../src/fake-clock.ts';
import type { TemporalAuthGateway } from '../src/gateway/temporal-auth-gateway.ts';
import { type BytesClient, requestFor } from './support/grpc.ts';
import { type GatewayScene, openGateway } from './support/gateway-scene.ts';
import { createIssuer } from './support/issuer.ts';
import { TemporalEcho } from './support/temporal-echo.ts';

const issuer = await createIssuer();
const LIFETIME_MS = 60_000;

let clock: FakeClock;
let token: string;
let echo: TemporalEcho;
let gateway: TemporalAuthGateway;
let client: BytesClient;
let scene: GatewayScene;

beforeEach(async () => {
  clock = new FakeClock();
  token = await issuer.mint({
    permissions: ['default:write', 'temporal-system:admin'],
    exp: (clock.wallNow() + LIFETIME_MS) / 1_000,
  });
  scene = await openGateway({ jwks: issuer.jwks, clock });
  ({ echo, gateway, client } = scene);
});

afterEach(() => scene[Symbol.asyncDispose]());

/** The polls that the frontend holds, once there are `count` of them. */
async function heldPolls(count: number): Promise<TemporalEcho['polls']> {
  await expect.poll(() => echo.polls).toHaveLength(count);
  return echo.polls;
}

/** A request in the namespace `default` that another field (15) fills up with this many bytes. */
function requestOf(fillBytes: number): Buffer {
  const field = Buffer.alloc(5);
  field.writeUInt8((15 << 3) | 2);
  for (let i = 0; i < 4; i++) field.writeUInt8(((fillBytes >> (7 * i)) & 0x7f) | (i < 3 ? 0x80 : 0), i + 1);
  return Buffer.concat([field, Buffer.alloc(fillBytes, 1), requestFor('default')]);
}

describe('a unary call', () => {
  it('gets the frontend’s own error, with its details', async () => {
    const outcome = await client.unary('QueryWorkflow', { token });
    expect([outcome.code, outcome.details]).toEqual([status.NOT_FOUND, 'no such workflow: 100 % sure']);
    expect(outcome.trailers.get('grpc-status-details-bin')).toEqual([Buffer.from([0, 1, 2, 255])]);
  });

  it('may be large, in both directions', async () => {
    const body = requestOf(20_000_000);
    const outcome = await client.unary('StartWorkflowExecution', { token, body });
    expect(outcome.body?.equals(body)).toBe(true);
  });

  it('is rejected without its large message being waited for', async () => {
    const outcome = await client.unary('StartWorkflowExecution', { body: requestOf(5_000_000) });
    expect(outcome.code).toBe(status.PERMISSION_DENIED);
  });
});

describe('a long poll', () => {
  it('is held until the frontend answers, while other calls go by', async () => {
    const poll = client.unary('PollWorkflowTaskQueue', { token });
    const [held] = await heldPolls(1);
    expect((await client.unary('DescribeNamespace', { token })).code).toBe(status.OK);
    held?.answer(Buffer.from('task'));
    expect((await poll).body?.toString()).toBe('task');
  });

  it('is held beside more than a hundred others', async () => {
    const polls = Array.from({ length: 150 }, () => client.unary('PollWorkflowTaskQueue', { token }));
    for (const held of await heldPolls(150)) held.answer(Buffer.alloc(0));
    expect((await Promise.all(polls)).every(({ code }) => code === status.OK)).toBe(true);
  });

  it('ends at the frontend when the client’s connection is gone', async () => {
    void client.unary('PollWorkflowTaskQueue', { token });
    const [held] = await heldPolls(1);
    client[Symbol.dispose]();
    gateway.dropConnections();
    if (held !== undefined && !held.call.cancelled) await once(held.call, 'cancelled');
    expect(held?.call.cancelled).toBe(true);
  });

  it('that was open when its token expired goes on, and the next is rejected', async () => {
    const poll = client.unary('PollWorkflowTaskQueue', { token });
    const [held] = await heldPolls(1);
    await clock.advance(LIFETIME_MS);
    expect((await client.unary('PollWorkflowTaskQueue', { token })).code).toBe(status.PERMISSION_DENIED);
    held?.answer(Buffer.alloc(0));
    expect((await poll).code).toBe(status.OK);
  });
});

describe('a stream of messages', () => {
  it('flows in both directions before either side has ended', async () => {
    const stream = client.bidirectional({ token });
    for (const text of ['one', 'two']) {
      stream.write(Buffer.from(text));
      const [message] = (await once(stream, 'data')) as [Buffer];
      expect(message.toString()).toBe(text);
    }
    stream.end();
    const [{ code }] = (await once(stream, 'status')) as [{ code: status }];
    expect(code).toBe(status.OK);
  });
});

describe('the frontend', () => {
  it('that is away makes calls UNAVAILABLE, until it is there', async () => {
    const port = Number(echo.address.split(':')[1]);
    await echo[Symbol.asyncDispose]();
    expect((await client.unary('DescribeNamespace', { token })).code).toBe(status.UNAVAILABLE);
    echo = await TemporalEcho.start(port);
    expect((await client.unary('DescribeNamespace', { token })).code).toBe(status.OK);
  });

  it('that says GOAWAY still ends the calls it has', async () => {
    const poll = client.unary('PollWorkflowTaskQueue', { token });
    const [held] = await heldPolls(1);
    const drained = echo.drain();
    await expect
      .poll(async () => (await client.unary('DescribeNamespace', { token })).code)
      .toBe(status.UNAVAILABLE);
    held?.answer(Buffer.from('late'));
    expect((await poll).body?.toString()).toBe('late');
    await drained;
  });
});
