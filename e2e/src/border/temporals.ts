/** What a Temporal, or who is in its place, may answer. */
import {
  frameFlags,
  frameTypes,
  headerBlock,
  type HeaderFields,
  http2Frame,
} from '@worker-auth/workspace/http2-frame';
import { setTimeout as sleep } from 'node:timers/promises';
import { data, headers, message } from './frames.ts';
import { ok, type RawCall } from './raw-temporal.ts';
import type { Scene } from './scene.ts';
import { showsSecret } from './secrets.ts';
import { answerMs, type BorderCase, unless } from './trial.ts';

type Answers = Readonly<Record<string, (call: RawCall) => unknown>>;

const well: HeaderFields = [['grpc-status', '0']];

const methods = ['DescribeNamespace', 'PollActivityTaskQueue', 'grpc.health.v1.Health/Check'];

/** Has each answer given to each kind of call, one after the other. Returns what a caller heard of none of them in time. */
async function hear(scene: Scene, answers: Answers, timeoutMs: number): Promise<readonly string[]> {
  const wrong: string[] = [];
  for (const [name, answer] of Object.entries(answers)) {
    scene.temporal.answers.set(name, answer);
    for (const method of methods) {
      if (!scene.isAlive) return [...wrong, `it ended at ${name} on ${method}`];
      const { ms, text } = await scene.ask(method, { headers: [['x-answer', name]], timeoutMs });
      wrong.push(
        ...unless(ms < timeoutMs + answerMs, `${name} on ${method} took ${Math.round(ms)} ms`),
        ...unless(!showsSecret(text, scene.secrets), `${name} on ${method} shows the token`),
      );
    }
  }
  return wrong;
}

/** A field that no answer may have, in headers and in trailers. */
function misplaced(name: string, value = 'x'): Answers {
  const extra: HeaderFields = [[name, value]];
  return {
    [`${name} in headers`]: ({ answer }) => answer([...ok, ...extra], well),
    [`${name} in trailers`]: ({ answer }) => answer(ok, [...well, ...extra]),
    [`${name} alone`]: ({ id, inject }) =>
      inject(headers(id, [...ok, ...well, ...extra], frameFlags.endHeaders | frameFlags.endStream)),
  };
}

const oddAnswers: Answers = {
  ...misplaced('http2-settings'),
  ...misplaced('connection', 'close'),
  ...misplaced('transfer-encoding', 'chunked'),
  ...misplaced('host', 'evil.example'),
  ...misplaced('X-Upper'),
  ...misplaced('a b'),
  ...misplaced('te', 'gzip'),
  ...misplaced(':path', '/'),
  ...misplaced('x-large', 'x'.repeat(16_000)),
  ...Object.fromEntries(
    ['0', '99', '100', '101', '204', '304', '503', '600', '999', '1000', '99999999999', '-1', 'x', ''].map(
      (status) => [
        `status ${status}`,
        ({ answer }: RawCall) => answer([[':status', status], ...ok.slice(1)], well),
      ],
    ),
  ),
  ...Object.fromEntries(
    ['-1', '17', '99', '0x1', 'x', ''].map((status) => [
      `grpc-status ${status}`,
      ({ answer }: RawCall) => answer(ok, [['grpc-status', status]]),
    ]),
  ),
  'no status': ({ answer }) => answer(ok.slice(1), well),
  'two statuses': ({ answer }) => answer([...ok, ...ok], well),
  'headers thrice': async ({ id, inject, answer }) => {
    await inject(headers(id, ok), headers(id, ok));
    await answer(ok, well);
  },
  'data before headers': ({ id, inject }) => inject(data(id, message()), headers(id, ok)),
  'no trailers': ({ id, inject }) => inject(headers(id, ok), data(id, message(), frameFlags.endStream)),
  'a message that is too short': ({ answer }) => answer(ok, well, Buffer.of(0, 0xff, 0xff, 0xff, 0xff, 1)),
  'gzip that is none': ({ answer }) =>
    answer([...ok, ['grpc-encoding', 'gzip']], well, message(Buffer.alloc(9), true)),
};

/** Each form in which the token that came can be repeated. */
const repeats: Readonly<Record<string, (token: string) => string>> = {
  plain: (token) => token,
  bearer: (token) => `Bearer ${token}`,
  percent: (token) => Array.from(token, (each) => `%${each.charCodeAt(0).toString(16)}`).join(''),
  base64: (token) => Buffer.from(`rejected: ${token}`).toString('base64'),
  base64url: (token) => Buffer.from(token).toString('base64url'),
  hex: (token) => Buffer.from(token).toString('hex'),
  late: (token) => 'x'.repeat(5_000) + token,
  signature: (token) => token.split('.').at(-1) ?? '',
};

function repeating(): Answers {
  const answers: Record<string, (call: RawCall) => unknown> = {};
  for (const [form, shown] of Object.entries(repeats)) {
    const shownBy = ({ headers: { authorization = '' } }: RawCall): string => shown(authorization.slice(7));
    const failed = (call: RawCall): HeaderFields => [
      ['grpc-status', '3'],
      ['grpc-message', shownBy(call)],
    ];
    answers[`message ${form}`] = (call) => call.answer(ok, failed(call));
    answers[`message alone ${form}`] = (call) =>
      call.inject(headers(call.id, [...ok, ...failed(call)], frameFlags.endHeaders | frameFlags.endStream));
    answers[`header ${form}`] = (call) =>
      call.answer([...ok, ['x-echo', shownBy(call)]], [['grpc-status', '3']]);
    answers[`trailer ${form}`] = (call) =>
      call.answer(ok, [
        ['grpc-status', '3'],
        ['x-echo', shownBy(call)],
      ]);
    answers[`details ${form}`] = (call) =>
      call.answer(ok, [
        ['grpc-status', '3'],
        ['grpc-status-details-bin', Buffer.from(shownBy(call)).toString('base64')],
      ]);
    answers[`name ${form}`] = (call) =>
      call.answer([...ok, [`x-${shownBy(call).toLowerCase()}`, '1']], [['grpc-status', '3']]);
    answers[`page ${form}`] = (call) =>
      call.answer(
        [
          [':status', '500'],
          ['content-type', 'text/html'],
        ],
        [['x-echo', shownBy(call)]],
        Buffer.from(`<p>${shownBy(call)}`),
      );
  }
  for (const form of ['plain', 'bearer'])
    answers[`header of OK ${form}`] = ({ headers: { authorization = '' }, answer }) =>
      answer([...ok, ['x-echo', repeats[form]?.(authorization.slice(7)) ?? '']], well);
  return answers;
}

/** Frames without end, to the connection that a call came by. */
const floodsOfTemporal: Readonly<Record<string, (id: number) => Buffer>> = {
  settings: () => http2Frame(frameTypes.settings, 0, 0),
  pings: () => http2Frame(frameTypes.ping, 0, 0, Buffer.alloc(8)),
  continuation: (id) =>
    http2Frame(frameTypes.continuation, 0, id, headerBlock([['x-more', 'x'.repeat(100)]])),
  'informational headers': (id) =>
    headers(id, [
      [':status', '103'],
      ['link', 'x'],
    ]),
  'data beyond all bounds': (id) => data(id, Buffer.alloc(16_384)),
  'empty data': (id) => data(id, Buffer.alloc(0)),
  'unknown frames': (id) => http2Frame(frameTypes.unknown, 0, id, Buffer.alloc(16_384)),
};

async function flood(scene: Scene, name: string, frame: (id: number) => Buffer): Promise<[]> {
  const until = performance.now() + 3_000;
  scene.temporal.answers.set(name, async ({ id, inject, stream }) => {
    if (name === 'continuation') await inject(headers(id, ok, 0));
    else if (name !== 'informational headers') await inject(headers(id, ok));
    const many = Buffer.concat(Array.from({ length: 100 }, () => frame(id)));
    while (performance.now() < until && stream.session?.destroyed === false) {
      await Promise.race([inject(many), sleep(1_000)]);
      await sleep(1);
    }
  });
  while (performance.now() < until && scene.isAlive)
    await scene.ask('DescribeNamespace', { headers: [['x-answer', name]], timeoutMs: 1_000 });
  return [];
}

/** Acknowledges settings, and lets nobody send; other connections are well. */
async function noWindow(scene: Scene): Promise<readonly string[]> {
  scene.temporal.answers.set('no window', ({ stream }) => {
    stream.session?.settings({ initialWindowSize: 0 });
    stream.respond(Object.fromEntries([...ok, ...well]), { endStream: true });
  });
  await scene.ask('DescribeNamespace', { headers: [['x-answer', 'no window']] });
  const stuck = scene.ask('DescribeNamespace', { timeoutMs: 60_000 });
  await sleep(36_000);
  const { status } = await scene.ask('DescribeNamespace', { timeoutMs: answerMs });
  return [
    ...unless(status === 0, 'a later call has no answer 36 s after'),
    ...unless((await stuck).status !== -1, 'a call that could not be sent has no answer in 60 s'),
  ];
}

export const temporals: readonly BorderCase[] = [
  {
    name: 'Temporal: answers that are none',
    attack: (scene) => hear(scene, oddAnswers, 300),
    isQuick: false,
    isCutting: true,
  },
  {
    name: 'Temporal: http2-settings in trailers, and a status of 600',
    attack: (scene) =>
      hear(
        scene,
        Object.fromEntries(
          Object.entries(oddAnswers).filter(([name]) => /^http2-settings|^status [69]/.test(name)),
        ),
        300,
      ),
    isQuick: true,
  },
  { name: 'Temporal: repeats the token', attack: (scene) => hear(scene, repeating(), 2_000), isQuick: true },
  ...Object.entries(floodsOfTemporal).map(([name, frame]) => ({
    name: `Temporal: flood of ${name}`,
    attack: (scene: Scene) => flood(scene, name, frame),
    isQuick: false,
    isCutting: true,
  })),
  { name: 'Temporal: no window', attack: noWindow, isQuick: false, isAlone: true },
];
