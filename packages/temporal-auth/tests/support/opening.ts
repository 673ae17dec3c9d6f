import { Emitter } from '@worker-auth/refresh-scheduler';
import { FakeClock, RecordingLogger } from '@worker-auth/testing-fakes';
import { resolveClientSettings, targetOf } from '../../src/facade/client-settings.ts';
import type { OpenClientOptions } from '../../src/facade/open-client.ts';
import type { TemporalWorkflowClientOptions } from '../../src/settings/temporal-options.ts';
import type { TemporalTokens } from '../../src/tokens/temporal-tokens.ts';
import { type FakeClientConnection, fakeClientConnection } from './fake-client-connection.ts';
import { FakeTokens } from './fake-guarded.ts';

/** What a client is opened with, by a connection that leads nowhere. */
export interface Opening extends FakeClientConnection {
  readonly options: OpenClientOptions;
  readonly clock: FakeClock;
  readonly log: RecordingLogger;
  readonly tokens: FakeTokens;
  readonly leaving: AbortController;
}

/**
 * @param given over the ordinary ones, of a Temporal at `temporal:7233`
 * @param tlsEnabled what the tokens say of TLS
 */
export function createOpening(given: TemporalWorkflowClientOptions = {}, tlsEnabled?: boolean): Opening {
  const [clock, log, tokens] = [new FakeClock(), new RecordingLogger(), new FakeTokens()];
  const settings = resolveClientSettings({
    ...{ host: 'temporal', namespace: 'ours', env: {}, logger: log },
    token: { clock, random: () => 0.5 },
    ...given,
  });
  const living = ['quiet-words'];
  const temporalTokens: TemporalTokens = Object.assign(tokens, {
    living,
    tlsEnabled,
    start: () => undefined,
  });
  const leaving = new AbortController();
  const options: OpenClientOptions = {
    ...{ settings, target: targetOf(settings, temporalTokens), tokens: temporalTokens },
    ...{ applicationName: 'orders', signal: leaving.signal },
    ...{ onHealth: () => undefined, events: new Emitter() },
  };
  return { ...fakeClientConnection(), options, clock, log, tokens, leaving };
}
