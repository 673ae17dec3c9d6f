import { expect, it } from 'vitest';
import { openScene, rejectionOf } from '../support.ts';

it('hands out a token of an earlier process while requests fail, and tells of it', async () => {
  const { server, clock, tokens } = await openScene();
  server.failWith('unavailable503');
  tokens.start();
  await rejectionOf(tokens.getToken());
  const received: string[] = [];
  tokens.subscribe((token) => received.push(token));
  tokens.adopt('left', 60_000, 'a file');
  expect([tokens.peek(), await tokens.getToken(), tokens.remainingMs]).toEqual(['left', 'left', 60_000]);
  expect(received).toEqual(['left']);
  expect(tokens.activeTokens()).toEqual(['left']);
  server.recover();
  await clock.advance(20_000);
  expect(tokens.peek()).toBe(server.issuedTokens[0]);
  // The one that it requested itself is not replaced.
  tokens.adopt('older', 60_000, 'a file');
  expect(tokens.peek()).toBe(server.issuedTokens[0]);
});

it('hands it out to its end, and not after stop()', async () => {
  const { server, clock, tokens } = await openScene();
  server.failWith('unavailable503');
  expect(() => {
    tokens.adopt('left', 0, 'a file');
  }).toThrow(RangeError);
  tokens.adopt('left', 5_000, 'a file');
  expect(tokens.peek()).toBe('left');
  await clock.advance(5_000);
  expect(tokens.peek()).toBeUndefined();
  await tokens.stop();
  tokens.adopt('left', 5_000, 'a file');
  expect(tokens.peek()).toBeUndefined();
  expect(clock.pendingTimers).toBe(0);
});

it('rejects what is no text', async () => {
  const { tokens } = await openScene();
  const nonsense = new Proxy(
    {},
    {
      get: () => {
        throw new Error('hostile');
      },
    },
  );
  expect(() => {
    tokens.adopt(nonsense as never, 60_000, 'a file');
  }).toThrow(TypeError);
});
