import { describe, expect, it, vi } from 'vitest';
import { ClientEventSource } from '../../src/health/client-events.ts';
import { healthOf } from '../support/healthy.ts';

/** Who tells of tokens: what was listened to, and what it gave to end that. */
class FakeAuth {
  readonly listened: { readonly event: string; readonly listener: unknown }[] = [];
  readonly end = vi.fn();
  on = (event: string, listener: unknown): (() => void) => {
    this.listened.push({ event, listener });
    return this.end;
  };
}

describe('ClientEventSource', () => {
  it('tells of the health of the client until the listener leaves', () => {
    const events = new ClientEventSource(new FakeAuth());
    const told: unknown[] = [];
    const leave = events.on('health', (health) => told.push(health));
    const health = healthOf();
    events.emitHealth(health);
    leave();
    events.emitHealth(health);
    expect(told).toEqual([health]);
  });

  it('tells of what happens to the workers until the listener leaves', () => {
    const events = new ClientEventSource(new FakeAuth());
    const told: unknown[] = [];
    const leave = events.on('temporalProbed', (event) => told.push(event));
    events.workers.emit('temporalProbed', { result: 'good', durationMs: 2 });
    leave();
    events.workers.emit('temporalProbed', { result: 'good', durationMs: 3 });
    expect(told).toEqual([{ result: 'good', durationMs: 2 }]);
  });

  it('leaves it to the tokens to tell of themselves', () => {
    const auth = new FakeAuth();
    const listener = (): void => undefined;
    const leave = new ClientEventSource(auth).on('tokenRefreshed', listener);
    expect(auth.listened).toEqual([{ event: 'tokenRefreshed', listener }]);
    leave();
    expect(auth.end).toHaveBeenCalledOnce();
  });

  it('takes who listens for tokens where these are of somebody else, and tells nothing', () => {
    const leave = new ClientEventSource(undefined).on('tokenRefreshed', () => undefined);
    expect(leave).not.toThrow();
  });
});
