import type { NativeConnection } from '@temporalio/worker';
import { FakeClock, RecordingLogger } from '@worker-auth/testing-fakes';
import { PushedConnection } from '../../src/connection/pushed-connection.ts';
import { ConnectionGuard, type ConnectionGuardOptions } from '../../src/worker/connection-guard.ts';
import { FakeConnection, FakeTokens, native } from './fake-guarded.ts';

/** A connection that leads nowhere, and its guard. */
export interface GuardScene {
  readonly connection: FakeConnection;
  readonly tokens: FakeTokens;
  readonly clock: FakeClock;
  readonly log: RecordingLogger;
  readonly pushed: PushedConnection<NativeConnection>;
  readonly guard: ConnectionGuard;
}

/** Resolves when Temporal has answered the first probe. */
export async function openGuard(options: Partial<ConnectionGuardOptions> = {}): Promise<GuardScene> {
  const [connection, tokens] = [new FakeConnection(), new FakeTokens()];
  const [clock, log] = [new FakeClock(), new RecordingLogger()];
  const onPushFailed = (): void => undefined;
  const pushed = new PushedConnection<NativeConnection>({
    ...{ connection: native(connection), tokens, opened: tokens.current, onPushFailed },
  });
  const guard = new ConnectionGuard(pushed, {
    ...{ tokens, clock, logger: log, namespace: 'ours', address: 'temporal:7233' },
    explain: (error) => (error as Error).message,
    ...options,
  });
  await clock.advance(0);
  return { connection, tokens, clock, log, pushed, guard };
}
