/** What a caller of the proxy may try, beside the floods. */
import { setTimeout as sleep } from 'node:timers/promises';
import { frameFlags, frameTypes, headerFrames } from '@worker-auth/workspace/http2-frame';
import { askSocket } from '../agent/ask-socket.ts';
import { callFields, data, dataFrames, field, headers, message, reset } from './frames.ts';
import { RawClient } from './raw-client.ts';
import type { Reply, Scene } from './scene.ts';
import { answerMs, type BorderCase, unless } from './trial.ts';

/** Statuses of gRPC by name. */
const status = { ok: 0, invalidArgument: 3 } as const;

/** Of HTTP/2: with it a client of gRPC ends a call at its deadline. */
const cancel = 8;

const deadlineMs = 300;

/** HEADERS, DATA and RST_STREAM(NO_ERROR) in one write, on a stream that Temporal answers. */
async function resetUnread(scene: Scene): Promise<[]> {
  // It reads nothing, so that the proxy has unread data too.
  scene.temporal.answers.set('early', ({ stream }) => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
  });
  const services = [
    'grpc.health.v1.Health/Check',
    'grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
  ];
  for (let count = 0; count < 20 && scene.isAlive; count++) {
    using client = await RawClient.open(scene.address);
    for (const service of services) {
      const stream = client.next();
      await client.write(
        ...[
          headers(stream, callFields(service, [['x-answer', 'early']])),
          dataFrames(stream, Buffer.alloc(200_000)),
          reset(stream, 0),
        ],
      );
    }
    await sleep(50);
  }
  return [];
}

async function strangeTokens(scene: Scene): Promise<readonly string[]> {
  const token = await scene.task();
  const bodies = [message(), message(Buffer.concat([field(1, 'other'), field(1, token)]))];
  const methods = ['RespondActivityTaskCompleted', 'RecordActivityTaskHeartbeat'];
  const replies = await Promise.all(
    methods.flatMap((method) => bodies.map((body) => scene.ask(method, { body }))),
  );
  const wrong = replies.filter(({ status: each }) => each !== status.invalidArgument).length;
  return unless(wrong === 0, `${wrong} of ${replies.length} without one task token are not INVALID_ARGUMENT`);
}

/** Each header that cannot be sent on, by itself. */
const unsendable = [
  ['http2-settings', 'x'],
  ['x-large', 'x'.repeat(64_800)],
  ['x-large', 'x'.repeat(30_000)],
  ['te', 'gzip'],
  ['X-Upper', 'x'],
  ['connection', 'close'],
  ['host', 'evil.example'],
  ['x-tenant', 'one'],
] as const;

async function oddHeaders(scene: Scene): Promise<readonly string[]> {
  const { connections } = scene.temporal;
  const wrong: string[] = [];
  for (const [name, value] of unsendable)
    for (const method of ['PollActivityTaskQueue', 'DescribeNamespace', 'grpc.health.v1.Health/Check']) {
      using client = await RawClient.open(scene.address);
      const stream = client.next();
      const startMs = performance.now();
      const fields = callFields(method, [
        [name, value],
        ['grpc-timeout', '10S'],
      ]);
      await client.write(headerFrames(stream, fields), data(stream, message(), frameFlags.endStream));
      const isAnswered = () =>
        [frameTypes.headers, frameTypes.reset, frameTypes.goaway].some((type) => client.came.has(type));
      while (client.isOpen && !isAnswered() && performance.now() < startMs + answerMs) await sleep(5);
      const ms = Math.round(performance.now() - startMs);
      if (ms >= answerMs) wrong.push(`${name} on ${method} has no answer in ${ms} ms`);
    }
  const opened = scene.temporal.connections - connections;
  const lines = scene.agent.lines.filter((line) => line.includes('TEMPORAL_UNREACHABLE'));
  return [
    ...wrong,
    ...unless(opened <= 1, `${opened} new connections to Temporal`),
    ...unless(lines.length === 0, 'TEMPORAL_UNREACHABLE in the log'),
    ...unless(
      scene.temporal.seen.every((each) => each.host === undefined && each['http2-settings'] === undefined),
      'host or http2-settings went to Temporal',
    ),
    ...unless(
      scene.temporal.seen.every((each) => each[':authority']?.includes('evil') !== true),
      'the caller chose the authority',
    ),
    ...unless(
      scene.temporal.seen.some((each) => each['x-tenant'] === 'one'),
      'x-tenant did not pass',
    ),
  ];
}

/** While Temporal says nothing of a result, of all that report it one gets an early OK. */
async function knownTokens(scene: Scene): Promise<readonly string[]> {
  scene.temporal.answers.set('never', () => undefined);
  const token = await scene.task();
  const report = (method: string, namespace = 'default'): Promise<Reply> =>
    scene.ask(method, {
      headers: [
        ['x-answer', 'never'],
        ['temporal-namespace', namespace],
      ],
      body: message(
        Buffer.concat([field(1, token), ...(namespace === 'default' ? [] : [field(4, namespace)])]),
      ),
      timeoutMs: 8_000,
    });
  const first = report('RespondActivityTaskCompleted');
  await sleep(200);
  const others = await Promise.all([
    report('RespondActivityTaskCompleted', 'other'),
    report('RespondActivityTaskFailed'),
    report('RespondActivityTaskCompleted'),
    report('RespondActivityTaskCompleted'),
    report('RespondActivityTaskCompleted'),
  ]);
  const early = others.filter(({ status: each }) => each === status.ok).length;
  return [
    ...unless((await first).status === status.ok, 'the first has no early OK'),
    ...unless(early === 0, `${early} of ${others.length} others have an early OK`),
  ];
}

/** Calls that nobody answers, each reset at its deadline by client or Temporal, as grpc-go does: that says nothing of Temporal. */
async function ownDeadlines(scene: Scene): Promise<readonly string[]> {
  scene.temporal.answers.set('reset', ({ stream }) => {
    // Its clock may be faster: then it is the first.
    const timer = setTimeout(() => {
      stream.close(cancel);
    }, deadlineMs - 40);
    stream.once('close', () => {
      clearTimeout(timer);
    });
  });
  const method = 'DescribeWorkflowExecution';
  await scene.ask(method);
  const { connections } = scene.temporal;
  const firstLine = scene.agent.lines.length;
  let unready = 0;
  const clients = await Promise.all(Array.from({ length: 4 }, () => RawClient.open(scene.address)));
  const fields = callFields(method, [
    ['x-answer', 'reset'],
    ['grpc-timeout', `${deadlineMs}m`],
  ]);
  for (let round = 0; round < 12; round++) {
    const streams = clients.map((client) => [client, client.next()] as const);
    for (const [client, stream] of streams)
      await client.write(headers(stream, fields), data(stream, message(), frameFlags.endStream));
    await sleep(deadlineMs);
    for (const [client, stream] of streams) await client.write(reset(stream, cancel));
    if ((await askSocket(scene.socket, '/readyz')).status !== 200) unready++;
  }
  for (const client of clients) client[Symbol.dispose]();
  const { ms } = await scene.ask(method);
  const opened = scene.temporal.connections - connections;
  const lines = scene.agent.lines.slice(firstLine).filter((line) => line.includes('TEMPORAL_UNREACHABLE'));
  return [
    ...unless(ms < answerMs, `the next call took ${Math.round(ms)} ms`),
    ...unless(unready === 0 && lines.length === 0, `not ready ${unready} times: ${lines.join('; ')}`),
    ...unless(opened === 0, `${opened} new connections to Temporal`),
  ];
}

export const callers: readonly BorderCase[] = [
  { name: 'caller: reset with unread data, in one write', attack: resetUnread, isQuick: true },
  { name: 'caller: no task token, or two', attack: strangeTokens, isQuick: true },
  { name: 'caller: headers that cannot be sent on', attack: oddHeaders, isQuick: true },
  { name: 'caller: calls that are reset at their deadlines', attack: ownDeadlines, isQuick: true },
  { name: 'caller: a task token that others know', attack: knownTokens, isQuick: false },
];
