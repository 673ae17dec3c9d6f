import { FakeClock } from '@worker-auth/testing-fakes';
import { seededRandom } from '@worker-auth/workspace/seeded-random';
import { worlds } from '@worker-auth/workspace/worlds';
import { expect, it } from 'vitest';
import { deflateSync, gzipSync } from 'node:zlib';
import { readRequest } from '../../src/proxy/request.ts';
import { SpareTasks } from '../../src/proxy/spare-tasks.ts';
import type { Answer } from '../../src/proxy/exchange.ts';
import { fieldOf } from '@worker-auth/calls/delivery/protobuf';
import { framed } from '../../src/proxy/wire.ts';

const bytes = (number: number, value: string | Buffer): Buffer => fieldOf(number, Buffer.from(value));

const kinds = [
  { method: 'PollActivityTaskQueue', queueField: 2 },
  { method: 'PollWorkflowTaskQueue', queueField: 2 },
  { method: 'PollNexusTaskQueue', queueField: 3 },
] as const;

/** How a request is sent, and whether the proxy can read it. */
const packings = {
  identity: (message: Buffer) => ({ body: framed(message), isRead: true }),
  gzip: (message: Buffer) => ({ body: packed(gzipSync(message)), isRead: true }),
  deflate: (message: Buffer) => ({ body: packed(deflateSync(message)), isRead: false }),
  'cut off': (message: Buffer) => ({ body: framed(message).subarray(0, -1), isRead: false }),
  'more than 4 MB': (message: Buffer) => ({
    body: packed(gzipSync(Buffer.concat([message, bytes(3, Buffer.alloc(4_194_304))]), { level: 1 })),
    isRead: false,
  }),
};

function packed(message: Buffer): Buffer {
  const packed = framed(message);
  packed[0] = 1;
  return packed;
}

/** A poll, and what Temporal knows it by. */
function pollsOf(packing: keyof typeof packings) {
  return kinds.flatMap(({ method, queueField }) =>
    ['tenant-a', 'tenant-b'].flatMap((namespace) =>
      ['q', 'r'].flatMap((queue) =>
        ['1', '2'].flatMap((version) =>
          [undefined, 'tenant-a', 'tenant-b'].map((header) => {
            const message = [
              bytes(1, namespace),
              bytes(queueField, bytes(1, queue)),
              bytes(6, bytes(2, version)),
            ];
            const { body, isRead } = packings[packing](Buffer.concat(message));
            const headers = {
              ':path': `/temporal.api.workflowservice.v1.WorkflowService/${method}`,
              'grpc-encoding': packing === 'deflate' ? packing : 'gzip',
              ...(header !== undefined && { 'temporal-namespace': header }),
            };
            return { headers, body, isRead, truth: [method, namespace, queue, version].join(' ') };
          }),
        ),
      ),
    ),
  );
}

it('no task goes to another namespace, queue, kind or version, however polls are sent', () => {
  const { numRuns, seed } = worlds(10_000, 10_000);
  const random = seededRandom(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const names = Object.keys(packings) as (keyof typeof packings)[];
  // Those of 4 MB take 5 ms to read.
  const polls = Object.fromEntries(names.map((name) => [name, pollsOf(name)]));
  const spare = new SpareTasks(new FakeClock());
  const wrong: string[] = [];
  let handedOn = 0;
  const take = (poll: { truth: string; isRead: boolean }, answer: Answer): void => {
    handedOn++;
    if (!poll.isRead || !answer.message.startsWith(`${poll.truth}|`))
      wrong.push(`${answer.message} to ${poll.truth}`);
  };
  const waiting: (() => void)[] = [];
  for (let round = 0; round < numRuns; round++) {
    const poll = pick(polls[random() < 0.01 ? 'more than 4 MB' : pick(names.slice(0, -1))] ?? []);
    const { queue } = readRequest(poll.headers, poll.body);
    if (!poll.isRead) expect(queue).toBeUndefined();
    if (queue === undefined) continue;
    const isLeaving = random() < 0.5;
    if (isLeaving) {
      // What is between two bars is for the test alone.
      const body = framed(bytes(1, poll.truth), bytes(15, Buffer.of(8, 60)));
      const said = { status: 0, message: `${poll.truth}|${round}`, isGrpc: true, isRefused: false };
      spare.keep(queue, { ...said, headers: {}, trailers: {}, body });
      continue;
    }
    const kept = spare.take(queue);
    if (kept !== undefined) take(poll, kept);
    else {
      let isDone = false;
      const end = spare.offer(queue, (answer) => {
        if (isDone) return false;
        isDone = true;
        take(poll, answer);
        return true;
      });
      waiting.push(end);
      if (waiting.length > 20) waiting.shift()?.();
    }
  }
  expect(wrong).toEqual([]);
  expect(handedOn).toBeGreaterThan(500);
});
