import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { namedTask } from '../../src/grpc/first-message.ts';

/** Field `number` of a message: a text, or a number below 128. */
function field(number: number, value: string | number): readonly number[] {
  return typeof value === 'number'
    ? [number * 8, value]
    : [number * 8 + 2, Buffer.byteLength(value), ...Buffer.from(value)];
}

/** A request whose first field is a task token with these. */
function request(token: readonly number[], isCompressed = false): Buffer {
  const plain = Buffer.from([...field(1, Buffer.from(token).toString('latin1')), ...field(2, 'identity')]);
  const message = isCompressed ? gzipSync(plain) : plain;
  const prefix = Buffer.from([isCompressed ? 1 : 0, 0, 0, 0, 0]);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

const token = [...field(1, 'namespace'), ...field(2, 'orders-7'), ...field(4, 5), ...field(5, 2)];

it.each([false, true])('names the task of a token of a Temporal server; compressed: %s', (isCompressed) => {
  const encoding = isCompressed ? 'gzip' : undefined;
  expect(namedTask(request(token, isCompressed), encoding)).toEqual({ workflowId: 'orders-7', attempt: 2 });
});

it.each([
  ['without an attempt', request(field(2, 'orders-7'))],
  ['without a workflow', request(field(5, 2))],
  ['that is text', request([...Buffer.from('opaque')])],
  ['that is cut off', request(token).subarray(0, 12)],
  ['that is not there', Buffer.alloc(0)],
])('names none for a token %s', (_what, bytes) => {
  expect(namedTask(bytes, undefined)).toBeUndefined();
});
