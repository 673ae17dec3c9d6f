import { MockOAuthServer, RecordingLogger } from '@worker-auth/testing-fakes';
import type { HeaderFields } from '@worker-auth/workspace/http2-frame';
import { constants, type IncomingHttpHeaders } from 'node:http2';
import { describe, expect, it, onTestFinished } from 'vitest';
import { authOptions } from '@worker-auth/calls/tests/auth-options';
import { startProxy } from '../support/proxy-scene.ts';
import { hear } from '../support/raw-caller.ts';
import { openRawHttp2, openRawWay, type RawAnswer } from '../support/raw-http2.ts';
import { openRawTemporal } from '../support/raw-temporal.ts';

const path = '/temporal.api.workflowservice.v1.WorkflowService/DescribeNamespace';
const health = '/grpc.health.v1.Health/Check';
const body = Buffer.alloc(5);
const headers: HeaderFields = [
  [':status', '200'],
  ['content-type', 'application/grpc'],
];
const good: RawAnswer = { headers, body, trailers: [['grpc-status', '0']] };

const ask = (port: string | number, called = path): Promise<IncomingHttpHeaders | number> =>
  hear(`127.0.0.1:${port}`, {
    ...{ ':path': called, 'grpc-timeout': '20S', 'temporal-namespace': 'default' },
  });

describe('an answer of Temporal', () => {
  /** A proxy before a Temporal that gives these answers, and then good ones. */
  async function open(answers: (token: string) => RawAnswer[]) {
    let left: RawAnswer[] | undefined;
    const oauth = await MockOAuthServer.start();
    onTestFinished(() => oauth[Symbol.asyncDispose]());
    const temporal = await openRawHttp2(() => {
      left ??= answers(oauth.issuedTokens.at(-1) ?? '');
      return left.shift() ?? good;
    });
    const place = { host: '127.0.0.1', port: temporal.port, logger: new RecordingLogger() };
    const bounds = { results: 1, bytes: 1, perQueue: 1 };
    const running = await startProxy({ ...authOptions(oauth), ...place }, { bounds, earlyOkMs: undefined });
    onTestFinished(() => running[Symbol.asyncDispose]());
    return { oauth, temporal, port: running.address.split(':').at(-1) ?? '' };
  }

  it.each([
    [path, 'headers'],
    [path, 'trailers'],
    [health, 'headers'],
    [health, 'trailers'],
  ] as const)('to %s passes without http2-settings in its %s', async (called, place) => {
    const odd: RawAnswer = { ...good, [place]: [...(good[place] ?? []), ['http2-settings', 'x']] };
    const { temporal, port } = await open(() => [odd]);
    const heard = await ask(port, called);
    expect(heard).toMatchObject({ ':status': 200, 'grpc-status': '0' });
    expect(heard).not.toHaveProperty('http2-settings');
    expect(await ask(port)).toMatchObject({ 'grpc-status': '0' });
    expect(temporal.seen).toBe(1);
  });

  it('with an HTTP status of 503 is none, whatever its grpc-status says', async () => {
    const odd: RawAnswer = { ...good, headers: [[':status', '503'], ...headers.slice(1)] };
    const next: RawAnswer = { ...good, trailers: [...(good.trailers ?? []), ['x-next', 'yes']] };
    const { port } = await open(() => [odd, next]);
    expect(await ask(port)).toMatchObject({ ':status': 200, 'grpc-status': '0', 'x-next': 'yes' });
  });

  it.each([
    [path, '600'],
    [path, '999'],
    [health, '600'],
    [health, '999'],
  ])('to %s that has status %s is UNKNOWN, and others go on', async (called, status) => {
    const odd: RawAnswer = { headers: [[':status', status], ...headers.slice(1), ['grpc-status', '0']] };
    const { port } = await open(() => [odd]);
    expect(await ask(port, called)).toMatchObject({ ':status': 200, 'grpc-status': '2' });
    expect(await ask(port)).toMatchObject({ 'grpc-status': '0' });
  });

  const failed: HeaderFields = [['grpc-status', '3']];
  it.each<[string, string, (token: string, coded: string) => RawAnswer]>([
    [
      'in grpc-message',
      path,
      (token) => ({ headers: [...headers, ...failed, ['grpc-message', `bad ${token}`]] }),
    ],
    [
      'in the grpc-message of a health check',
      health,
      (token) => ({ ...good, trailers: [...failed, ['grpc-message', token]] }),
    ],
    ['in a header', path, (token) => ({ ...good, headers: [...headers, ['x-echo', `Bearer ${token}`]] })],
    [
      'in a header of a health check',
      health,
      (token) => ({ ...good, headers: [...headers, ['x-echo', token]] }),
    ],
    [
      'in a trailer',
      path,
      (token) => ({
        ...good,
        trailers: [
          ['grpc-status', '0'],
          ['x-echo', token],
        ],
      }),
    ],
    [
      'in a binary trailer',
      path,
      (_, coded) => ({
        ...good,
        trailers: [
          ['grpc-status', '0'],
          ['x-echo-bin', coded],
        ],
      }),
    ],
    [
      'in details',
      path,
      (_, coded) => ({ headers: [...headers, ...failed, ['grpc-status-details-bin', coded]] }),
    ],
  ])('repeats no token %s', async (_case, called, answer) => {
    const { oauth, port } = await open((token) => [
      answer(token, Buffer.from(`it is ${token}`).toString('base64')),
    ]);
    const heard = await ask(port, called);
    const token = oauth.issuedTokens.at(-1) ?? 'none';
    expect(heard).toHaveProperty('grpc-status');
    for (const value of Object.values(heard).map(String))
      for (const text of [value, Buffer.from(value, 'base64').toString()]) expect(text).not.toContain(token);
  });
});

describe('a call of a worker', () => {
  const fieldsOf = (authority: string, ...fields: HeaderFields): HeaderFields => [
    ...([
      [':method', 'POST'],
      [':scheme', 'http'],
      [':path', path],
      [':authority', authority],
    ] as const),
    ...([['content-type', 'application/grpc'], ['grpc-timeout', '20S'], ...fields] as const),
  ];

  it.each<[string, readonly [string, string]]>([
    ['another host', ['host', 'evil.example']],
    ['http2-settings', ['http2-settings', 'x']],
  ])('goes on without %s', async (_case, field) => {
    const { address, calls } = await openRawTemporal();
    const port = await openRawWay(Number(address.split(':')[1]), fieldsOf(address, field));
    const heard = ask(port);
    await expect.poll(() => calls).toHaveLength(1);
    calls[0]?.answer(0);
    expect(await heard).toMatchObject({ 'grpc-status': '0' });
    expect(calls[0]?.headers).toHaveProperty(':authority');
    expect(calls[0]?.headers).not.toHaveProperty(field[0]);
  });

  it.each<[string, readonly [string, string], unknown]>([
    ['te: gzip', ['te', 'gzip'], constants.NGHTTP2_PROTOCOL_ERROR],
    ['an upper-case name', ['X-Upper', '1'], constants.NGHTTP2_PROTOCOL_ERROR],
    [
      'a header of 64,800 bytes',
      ['x-large', 'x'.repeat(64_800)],
      expect.objectContaining({ 'grpc-status': '3' }),
    ],
  ])('with %s ends at once, and says nothing of Temporal', async (_case, field, heard) => {
    const temporal = await openRawTemporal();
    const { address, calls, sessions, proxy, log } = temporal;
    const answered = async (count: number) => {
      const call = temporal.request('DescribeNamespace', '20S');
      await expect.poll(() => calls).toHaveLength(count);
      calls[count - 1]?.answer(0);
      expect((await call.heard).status).toBe('0');
    };
    await answered(1);
    const port = await openRawWay(Number(address.split(':')[1]), fieldsOf(address, field));
    // The clock stands still: no time of the proxy's passes.
    expect(await ask(port)).toEqual(heard);
    await answered(2);
    expect(sessions).toHaveLength(1);
    expect(proxy.troubles).toEqual([]);
    expect(log.entries.filter(({ meta }) => meta?.['code'] === 'TEMPORAL_UNREACHABLE')).toEqual([]);
  });
});
