import type { Client, Connection } from '@temporalio/client';
import { Emitter } from '@worker-auth/refresh-scheduler';
import { FakeClock, RecordingLogger } from '@worker-auth/testing-fakes';
import { directNetwork } from '../../src/settings/network.ts';
import { LoadedClient, type LoadedClientParts } from '../../src/facade/loaded-client.ts';
import type { WorkerEvents } from '../../src/worker/worker-events.ts';
import { FakeTokens } from './fake-guarded.ts';
import { fakeWorkers, type FakeWorkers } from './fake-workers.ts';

/** A client that is connected, without any server. */
export interface LoadedScene extends FakeWorkers {
  readonly loaded: LoadedClient;
  readonly clock: FakeClock;
  readonly log: RecordingLogger;
  readonly tokens: FakeTokens;
  readonly events: Emitter<WorkerEvents>;
  /** What was called of the caller's. */
  readonly calls: string[];
}

export function openLoaded(parts: Partial<LoadedClientParts> = {}): LoadedScene {
  const [clock, log, tokens] = [new FakeClock(), new RecordingLogger(), new FakeTokens()];
  const [workers, calls]: [FakeWorkers, string[]] = [fakeWorkers(), []];
  const events = new Emitter<WorkerEvents>();
  const loaded = new LoadedClient({
    client: { name: 'client' } as unknown as Client,
    connection: { close: () => Promise.resolve(void calls.push('closed')) } as unknown as Connection,
    settings: { address: 'temporal:7233', tls: false, network: directNetwork },
    target: { address: 'temporal:7233', namespace: 'ours', authEnabled: true },
    tokens: Object.assign(tokens, { living: ['quiet-words'], start: () => undefined, tlsEnabled: undefined }),
    ...{ applicationName: 'extraction', connectTimeoutMs: 1_000, clock, logger: log, events },
    random: () => 0,
    onHealth: () => calls.push('health'),
    ...parts,
  });
  return { ...workers, loaded, clock, log, tokens, events, calls };
}
