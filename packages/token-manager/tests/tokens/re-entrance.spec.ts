import { watchUnhandledRejections } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import type { TokenManagerEvents } from '../../src/events.ts';
import type { TokenManager } from '../../src/tokens/token-manager.ts';
import { openScene, type Scene } from '../support.ts';

/** Brings about the event, on demand or started, whatever the listener did before. */
const causes: Record<keyof TokenManagerEvents | 'token', (scene: Scene) => Promise<unknown>> = {
  token: ({ tokens }) => tokens.getToken().catch(() => undefined),
  credentialsRead: ({ tokens }) => tokens.getToken().catch(() => undefined),
  tokenRequested: ({ tokens }) => tokens.getToken().catch(() => undefined),
  tokenRefreshed: ({ tokens }) => tokens.getToken().catch(() => undefined),
  refreshFailed: ({ server, tokens }) => {
    server.injectFault('unavailable503');
    return tokens.getToken().catch(() => undefined);
  },
  credentialsRejected: ({ server, tokens }) => {
    // Of each way in which the secret can be sent.
    for (let way = 0; way < 2; way++) server.injectFault('unauthorized401');
    return tokens.getToken().catch(() => undefined);
  },
  tokenExpired: async ({ server, clock, tokens }) => {
    await tokens.getToken().catch(() => undefined);
    tokens.start();
    server.failWith('unavailable503');
    await clock.advance(3_600_000);
  },
};

const events = Object.keys(causes) as (keyof typeof causes)[];

const calls: [string, (tokens: TokenManager) => unknown][] = [
  ['stop()', (tokens) => tokens.stop()],
  [
    'invalidate()',
    (tokens) => {
      tokens.invalidate();
    },
  ],
  ['getToken()', (tokens) => tokens.getToken()],
  ['getToken({ forceRefresh })', (tokens) => tokens.getToken({ forceRefresh: true })],
  [
    'start()',
    (tokens) => {
      tokens.start();
    },
  ],
  [
    'a throw',
    () => {
      throw new Error('a listener');
    },
  ],
  ['a rejection', () => Promise.reject(new Error('a listener'))],
];

describe.each(events)('inside a listener of %s', (event) => {
  it.each(calls)('may be called, or done: %s', async (_name, call) => {
    using unhandled = watchUnhandledRejections();
    const scene = await openScene();
    let heard = 0;
    const listener = (): unknown => {
      // Once: a listener that always asks again would go round for ever, by its own will.
      if (heard++ > 0) return undefined;
      // Nobody but the emitter sees to what it gives: a handler here would hide a rejection that nobody handles.
      return call(scene.tokens);
    };
    if (event === 'token') scene.tokens.subscribe(listener);
    else scene.tokens.on(event, listener);
    await causes[event](scene);
    await expect.poll(() => heard).toBeGreaterThan(0);
    await scene.tokens.stop();
    expect(await unhandled.end()).toEqual([]);
    expect(scene.clock.pendingTimers).toBe(0);
  });
});

describe('invalidate() inside a listener', () => {
  it('of tokenRefreshed keeps the dropped token from every subscriber', async () => {
    const { server, tokens } = await openScene();
    const seen: string[] = [];
    let isFirst = true;
    tokens.subscribe((token) => seen.push(token));
    tokens.on('tokenRefreshed', () => {
      if (isFirst) tokens.invalidate();
      isFirst = false;
    });
    await tokens.getToken();
    await tokens.getToken();
    expect(seen).toEqual([server.issuedTokens[1]]);
  });

  it('of subscribe keeps the dropped token from the subscribers after it', async () => {
    const { server, tokens } = await openScene();
    const seen: string[] = [];
    let isFirst = true;
    tokens.subscribe(() => {
      if (isFirst) tokens.invalidate();
      isFirst = false;
    });
    tokens.subscribe((token) => seen.push(token));
    await tokens.getToken();
    await tokens.getToken();
    expect(seen).toEqual([server.issuedTokens[1]]);
  });
});

it('stop() while an invalidated request ends leaves nothing behind', async () => {
  const { server, clock, tokens } = await openScene();
  tokens.start();
  tokens.invalidate();
  tokens.invalidate();
  await tokens.stop();
  const { length } = server.tokenRequests;
  await clock.advance(86_400_000);
  await (await fetch(server.jwksUrl)).text();
  expect(server.tokenRequests).toHaveLength(length);
  expect(clock.pendingTimers).toBe(0);
});
