import { NativeConnection, type NativeConnectionOptions } from '@temporalio/worker';
import { FakeClock, RecordingLogger } from '@worker-auth/testing-fakes';
import { vi } from 'vitest';
import type { TemporalAuthOptions } from '../../src/settings/temporal-options.ts';
import { temporalAuth, type TemporalAuthPlugin } from '../../src/plugin.ts';
import { configured, FakeConnection, FakeTokens, native } from './fake-connection.ts';

/** A plugin with a token source of its own, and native connections that lead nowhere. */
export interface PluginScene extends AsyncDisposable {
  readonly auth: TemporalAuthPlugin;
  readonly tokens: FakeTokens;
  readonly clock: FakeClock;
  readonly log: RecordingLogger;
  /** The native connections that were opened, and with what. */
  readonly opened: readonly FakeConnection[];
  readonly openedWith: readonly (NativeConnectionOptions | undefined)[];
}

/** @param options over a source of its own, and `temporal:7233` */
export function openPlugin(options: TemporalAuthOptions = {}): PluginScene {
  const [tokens, clock, log] = [
    new FakeTokens(),
    new FakeClock({ wallMs: Date.now() }),
    new RecordingLogger(),
  ];
  const opened: FakeConnection[] = [];
  const openedWith: (NativeConnectionOptions | undefined)[] = [];
  vi.spyOn(NativeConnection, 'connect').mockImplementation((given) => {
    const whole = configured(given);
    const connection = new FakeConnection(whole.plugins);
    opened.push(connection);
    openedWith.push(whole);
    return Promise.resolve(native(connection));
  });
  const auth = temporalAuth({
    ...{ tokens, logger: log, env: {}, host: 'temporal', clock, random: () => 0 },
    ...options,
  } as TemporalAuthOptions);
  return {
    ...{ auth, tokens, clock, log, opened, openedWith },
    [Symbol.asyncDispose]: () => auth.close(),
  };
}
