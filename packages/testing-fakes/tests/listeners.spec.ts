import { expect, it } from 'vitest';
import { CallLog } from '../src/grpc/call-log.ts';
import { FakeDaprSidecar } from '../src/dapr/fake-dapr-sidecar.ts';
import { watchUnhandledRejections } from '../src/unhandled-rejections.ts';
import { Listeners } from '../src/listeners.ts';

it('a listener that throws or rejects troubles neither the others nor whoever tells', async () => {
  using rejections = watchUnhandledRejections();
  const listeners = new Listeners<string>();
  const told: string[] = [];
  listeners.subscribe(() => {
    throw new Error('no');
  });
  listeners.subscribe(() => Promise.reject(new Error('later')));
  listeners.subscribe((event) => told.push(event));
  listeners.notify('something');
  expect(told).toEqual(['something']);
  expect(await rejections.end()).toEqual([]);
});

it('one that leaves while it is told is told no more, and the others are', () => {
  const listeners = new Listeners<string>();
  const told: string[] = [];
  const leave = listeners.subscribe((event) => {
    told.push(`first ${event}`);
    leave();
  });
  listeners.subscribe((event) => told.push(`second ${event}`));
  listeners.notify('a');
  listeners.notify('b');
  expect(told).toEqual(['first a', 'second a', 'second b']);
});

it('one that another has just unsubscribed is not told', () => {
  const listeners = new Listeners<string>();
  const told: string[] = [];
  listeners.subscribe(() => {
    leave();
  });
  const leave = listeners.subscribe((event) => told.push(event));
  listeners.notify('a');
  expect(told).toEqual([]);
});

it('a call is counted whatever a listener does', () => {
  const log = new CallLog<string>();
  log.subscribe(() => {
    throw new Error('no');
  });
  log.add({
    method: 'A',
    path: '/the.Service/A',
    namespace: undefined,
    metadata: {},
    verdict: 'passed',
    reason: undefined,
    token: undefined,
  });
  expect(log.counts('passed').get('A')).toBe(1);
});

it('a sidecar answers whatever a listener does, and tells the next one', async () => {
  await using sidecar = await FakeDaprSidecar.start();
  const told = Promise.withResolvers<number | undefined>();
  sidecar.subscribe(() => {
    throw new Error('no');
  });
  sidecar.subscribe(({ status }) => {
    told.resolve(status);
  });
  await (await fetch(`${sidecar.url}/v1.0/healthz`)).arrayBuffer();
  expect(await told.promise).toBe(204);
});
