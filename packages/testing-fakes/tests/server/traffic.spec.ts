import { channel } from 'node:diagnostics_channel';
import { expect, it, onTestFinished } from 'vitest';
import { FakeClock, LoopbackServer } from '../../src/index.ts';

const names = [
  'undici:request:create',
  'undici:request:trailers',
  'undici:request:error',
  'http.client.request.created',
  'http.client.request.start',
];

it('a server of a clock looks at the requests of its process while it runs, and no longer', async () => {
  const watched = (): readonly string[] => names.filter((name) => channel(name).hasSubscribers);
  const before = watched();
  const server = await LoopbackServer.start(() => undefined, { clock: new FakeClock() });
  onTestFinished(() => server.stop());
  expect(watched()).toEqual(names);
  await server.stop();
  expect(watched()).toEqual(before);
});
