import { channel } from 'node:diagnostics_channel';
import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { expect, it, onTestFinished } from 'vitest';
import { FakeClock } from '../../src/fake-clock.ts';
import { afterTurns } from '../../src/host-time.ts';
import { parked, Traffic } from '../../src/server/traffic.ts';

const address = '127.0.0.1:8080';
const fetchEnds = ['undici:request:trailers', 'undici:request:error'];
const httpBegins = ['http.client.request.created', 'http.client.request.start'];

function watch(clock = new FakeClock()): Traffic {
  const traffic = new Traffic(clock, 8080);
  onTestFinished(() => {
    traffic.end();
  });
  return traffic;
}

/** What Node tells of a request of `node:http`. */
function httpRequest(host = address, destroyed = false): EventEmitter {
  const getHeader = (name: string): unknown => (name === 'host' ? host : undefined);
  return Object.assign(new EventEmitter(), { destroyed, getHeader });
}

/** A request of `fetch` begins. */
function begin(origin = `http://${address}`): { readonly origin: string } {
  const request = { origin };
  channel('undici:request:create').publish({ request });
  return request;
}

it.each(fetchEnds)('a request of fetch is under way from its creation until %s', (end) => {
  const traffic = watch();
  const request = begin();
  expect(traffic.isUnderWay()).toBe(true);
  channel(end).publish({ request });
  expect(traffic.isUnderWay()).toBe(false);
});

it.each(httpBegins)('a request of node:http is under way from %s until it is closed', (name) => {
  const traffic = watch();
  const request = httpRequest();
  channel(name).publish({ request });
  expect(traffic.isUnderWay()).toBe(true);
  request.emit('close');
  expect(traffic.isUnderWay()).toBe(false);
});

it('a request to another server is not, and none that is over already', () => {
  const traffic = watch();
  begin('http://127.0.0.1:18080');
  begin(`http://${address}:1`);
  for (const request of [
    httpRequest('127.0.0.1:18080'),
    httpRequest(`${address}:1`),
    httpRequest(address, true),
  ])
    channel('http.client.request.start').publish({ request });
  expect(traffic.isUnderWay()).toBe(false);
});

it.each(fetchEnds)('a server that has stopped waits for no request, and hears of none: %s', async (end) => {
  const clock = new FakeClock({ patienceMs: 50 });
  const traffic = watch(clock);
  const request = begin();
  traffic.end();
  await clock.advance(10);
  // What it knew stays as it was.
  channel(end).publish({ request });
  expect(traffic.isUnderWay()).toBe(true);
  const other = watch();
  other.end();
  begin();
  for (const name of httpBegins) channel(name).publish({ request: httpRequest() });
  expect(other.isUnderWay()).toBe(false);
});

it('a request that has arrived is under way until its response is closed, but while it waits for the test', async () => {
  const traffic = watch();
  const response = Object.assign(new EventEmitter(), { writableEnded: true });
  const [release, finish] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
  const handled = traffic.handle(response as unknown as ServerResponse, async () => {
    await parked(release.promise);
    await finish.promise;
  });
  expect(traffic.isUnderWay()).toBe(false);
  release.resolve(undefined);
  await afterTurns();
  expect(traffic.isUnderWay()).toBe(true);
  finish.resolve(undefined);
  await handled;
  expect(traffic.isUnderWay()).toBe(true);
  response.emit('close');
  expect(traffic.isUnderWay()).toBe(false);
});
