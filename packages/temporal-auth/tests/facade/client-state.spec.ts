import { describe, expect, it } from 'vitest';
import { type ClientState, shownState } from '../../src/facade/client-state.ts';
import type { LoadedClient } from '../../src/facade/loaded-client.ts';

const done = Promise.resolve();
const loaded = { name: 'loaded' } as unknown as LoadedClient;
const states = {
  new: { kind: 'new', ended: done },
  loading: { kind: 'loading', giveUp: new AbortController(), done, waiters: 1 },
  loaded: { kind: 'loaded', loaded },
} satisfies Record<string, ClientState>;

describe('shownState', () => {
  it('is what the client does, with what it has loaded', () => {
    expect(shownState(states.new)).toEqual({ state: 'new', loaded: undefined });
    expect(shownState(states.loading)).toEqual({ state: 'loading', loaded: undefined });
    expect(shownState(states.loaded)).toEqual({ state: 'loaded', loaded });
  });

  it('is closing while something is being ended, which still has what it has loaded', () => {
    const ending = (state: (typeof states)[keyof typeof states]) =>
      shownState({ kind: 'closed', done, ending: state });
    expect(ending(states.loaded)).toEqual({ state: 'closing', loaded });
    expect(ending(states.new)).toEqual({ state: 'closing', loaded: undefined });
    expect(shownState({ kind: 'closed', done, ending: undefined })).toEqual({
      state: 'closed',
      loaded: undefined,
    });
  });
});
