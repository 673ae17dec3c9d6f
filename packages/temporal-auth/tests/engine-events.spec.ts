import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Engine } from '../src/engine.ts';
import { readCommonSettings } from '../src/settings/auth-settings.ts';
import { temporalAuth } from '../src/plugin.ts';
import { healthOf } from './support/healthy.ts';
import { FakeTokens } from './support/fake-connection.ts';

/** Tokens with events: what was listened to, and what that gave to end it. */
class EventfulTokens extends FakeTokens {
  override activeTokens = [];
  readonly listened: { readonly event: string; readonly listener: unknown }[] = [];
  readonly end = vi.fn();
  on = (event: string, listener: unknown): (() => void) => {
    this.listened.push({ event, listener });
    return this.end;
  };
}

const common = readCommonSettings({ env: {} });
let tokens: EventfulTokens;
let engine: Engine;

beforeEach(() => {
  tokens = new EventfulTokens();
  engine = new Engine({ env: {} }, { tokens, common });
});

describe('events', () => {
  it('of the health of the client are reported until the listener leaves', () => {
    const received: unknown[] = [];
    const leave = engine.on('health', (health) => received.push(health));
    const health = healthOf();
    engine.events.emit('health', health);
    leave();
    engine.events.emit('health', health);
    expect(received).toEqual([health]);
  });

  it('of the workers are reported until the listener leaves', () => {
    const received: unknown[] = [];
    const leave = engine.on('temporalProbed', (event) => received.push(event));
    engine.events.emit('temporalProbed', { result: 'good', durationMs: 2 });
    leave();
    engine.events.emit('temporalProbed', { result: 'good', durationMs: 3 });
    expect(received).toEqual([{ result: 'good', durationMs: 2 }]);
  });

  it('of the tokens are left to these', () => {
    const listener = (): void => undefined;
    const leave = engine.on('tokenRefreshed', listener);
    expect(tokens.listened).toEqual([{ event: 'tokenRefreshed', listener }]);
    leave();
    expect(tokens.end).toHaveBeenCalledOnce();
  });

  it('need no tokens: authentication may be off', () => {
    const auth = temporalAuth({ env: {} });
    expect(auth.on('health', () => undefined)).not.toThrow();
  });

  it('of tokens that have none are never reported', () => {
    const others = Object.assign(new FakeTokens(), { activeTokens: [] });
    const leave = new Engine({ env: {} }, { tokens: others, common }).on('tokenRefreshed', () => undefined);
    expect(leave).not.toThrow();
  });
});

it('health says that it is closing while workers are waited for', async () => {
  const closing = engine.close();
  expect(engine.health().state).toBe('closing');
  await closing;
  expect(engine.health().state).toBe('closed');
});
