import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { dropOwnFields, fitForCaller } from '../../src/proxy/fields.ts';
import { closed, openSession } from '../support/raw-caller.ts';
import { openRawTemporal } from '../support/raw-temporal.ts';

const token = 'a-token-that-nobody-is-to-see';
const health = '/grpc.health.v1.Health/Check';

it('goes on when a caller resets a health check with unread data before its answer', async () => {
  const scene = await openRawTemporal();
  const stream = openSession(scene.address).request({
    ':method': 'POST',
    ':path': health,
  });
  stream.on('error', () => undefined).write(Buffer.alloc(200_000));
  await expect.poll(() => scene.calls).toHaveLength(1);
  // Temporal answers one that is reset here, and not yet there.
  const reset = once(stream, 'close');
  stream.close();
  scene.calls[0]?.stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
  await reset;
  const { heard } = scene.request('DescribeNamespace', '5S');
  await expect.poll(() => scene.calls).toHaveLength(2);
  scene.calls[1]?.answer(0);
  expect((await heard).status).toBe('0');
});

/** So many connections that say nothing, some at a time: the system holds 512 that were not accepted yet. Each was greeted or ended. */
async function openSilent(address: string, count: number): Promise<void> {
  const [host = '', port] = address.split(':');
  for (let opened = 0; opened < count; opened += 200)
    await Promise.all(
      Array.from({ length: 200 }, () => {
        const socket = connectTcp(Number(port), host).on('error', () => undefined);
        onTestFinished(() => void socket.destroy());
        return Promise.race([once(socket, 'data'), closed(socket)]);
      }),
    );
}

it('lets a worker in where a thousand connections say nothing', async () => {
  const scene = await openRawTemporal();
  await openSilent(scene.address, 1_000);
  const { heard } = scene.request('DescribeNamespace', '5S');
  await expect.poll(() => scene.calls).toHaveLength(1);
  scene.calls[0]?.answer(0);
  expect((await heard).status).toBe('0');
});

it('keeps a connection that had a call where more come than there is room for', async () => {
  const scene = await openRawTemporal();
  const session = openSession(scene.address);
  const call = async (): Promise<void> => {
    const count = scene.calls.length + 1;
    const ended = closed(session.request({ ':method': 'POST', ':path': health }).resume().end());
    await expect.poll(() => scene.calls).toHaveLength(count);
    scene.calls.at(-1)?.answer(0);
    await ended;
  };
  await call();
  await openSilent(scene.address, 1_200);
  await call();
});

it('passes the metadata of users, and nothing that is for one connection', () => {
  const passed = { ':path': '/', 'x-tenant': 'one', traceparent: '00-1', te: 'trailers' };
  const others = {
    host: 'evil.example',
    'http2-settings': 'x',
    connection: 'close',
    'X-Upper': '1',
    'a b': '1',
  };
  const fields = { ...passed, ...others };
  dropOwnFields(fields);
  expect(fields).toEqual(passed);
  const other = { te: 'gzip' };
  dropOwnFields(other);
  expect(other).toEqual({});
});

it.each([true, false])(
  'hands on no field that repeats a token, whether or not its call failed: %s',
  (hasFailed) => {
    const details = Buffer.from(`rejected: ${token}`).toString('base64');
    const fields = { 'x-tenant': 'one', 'x-echo': `Bearer ${token}`, 'grpc-status-details-bin': details };
    const answer = { ...fields, 'grpc-message': token };
    fitForCaller(answer, [token], hasFailed);
    expect(answer).toEqual({ 'x-tenant': 'one', 'grpc-message': '[redacted]' });
  },
);

it('hands on no field of a call that failed whose name repeats a token', () => {
  const disguised = Array.from(token, (each) => `%${each.charCodeAt(0).toString(16)}`).join('');
  const answer = { 'x-tenant': 'one', [`x-${disguised}`]: '1' };
  fitForCaller(answer, [token], true);
  expect(answer).toEqual({ 'x-tenant': 'one' });
});
