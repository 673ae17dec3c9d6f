import { Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { FakeClock, FakeTemporalFrontend, RecordingLogger } from '@worker-auth/testing-fakes';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { temporalAuth, type TemporalAuthPlugin } from '../../src/plugin.ts';
import { configured, FakeConnection, native } from '../support/fake-connection.ts';
import { passUntil, settled } from '../support/scene.ts';
import { ScriptedTokens } from '@worker-auth/calls/tests/scripted-tokens';

// A new signing key that one of two frontends knows, and the other one does not know yet.

let tokens: ScriptedTokens;
let clock: FakeClock;
let log: RecordingLogger;
let auth: TemporalAuthPlugin;
let ahead: FakeTemporalFrontend;
let behind: FakeTemporalFrontend;
const opened: Connection[] = [];

beforeEach(async () => {
  tokens = new ScriptedTokens('old');
  clock = new FakeClock({ wallMs: Date.now() });
  log = new RecordingLogger();
  auth = createAuth();
  ahead = await FakeTemporalFrontend.start({ acceptToken: ['old', 'new'] });
  behind = await FakeTemporalFrontend.start({ acceptToken: ['old'] });
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((connection) => connection.close()));
  await Promise.all([auth.close(), ahead.stop(), behind.stop()]);
});

function createAuth(): TemporalAuthPlugin {
  return temporalAuth({ tokens, logger: log, env: {}, clock, random: () => 0 });
}

function open({ port }: FakeTemporalFrontend): Connection {
  const connection = Connection.lazy({ address: `127.0.0.1:${port}`, plugins: [auth] });
  opened.push(connection);
  return connection;
}

function ask({ workflowService }: Connection): Promise<unknown> {
  return workflowService.describeNamespace({ namespace: 'default' });
}

function sentTo(frontend: FakeTemporalFrontend): (string | undefined)[] {
  return frontend.tokensOf('DescribeNamespace').map((fingerprint) => tokens.byFingerprint(fingerprint));
}

describe('a connection that is opened to the frontend that lags', () => {
  it('has its calls repeated with the token before, where the new one was accepted by none yet', async () => {
    const second = open(behind);
    await ask(open(ahead));
    tokens.current = 'new';
    await ask(second);
    await ask(second);
    expect(sentTo(behind)).toEqual(['new', 'old', 'old']);
  });

  it('has them repeated with it too where the other frontend accepts the new one, and no other token is asked for', async () => {
    const first = open(ahead);
    await ask(first);
    tokens.current = 'new';
    await ask(first);
    const second = open(behind);
    await ask(second);
    await ask(second);
    expect(sentTo(behind)).toEqual(['new', 'old', 'old']);
    expect(tokens.requests).toEqual([]);
  });
});

describe('a worker that is made while its frontend lags', () => {
  const rejection = Object.assign(new Error('no'), { code: 7, details: 'no', metadata: {} });
  let apiKeys: (string | undefined)[];
  let rejected: readonly string[];

  /** What `connect` gives knows neither of these tokens. */
  function reject(...tokensRejected: string[]): void {
    apiKeys = [];
    rejected = tokensRejected;
    vi.spyOn(NativeConnection, 'connect').mockImplementation((given) => {
      const { plugins, apiKey } = configured(given);
      const connection = new FakeConnection(plugins);
      apiKeys.push(apiKey);
      connection.told.push(apiKey as string);
      for (const token of rejected) connection.rejected.set(token, rejection);
      return Promise.resolve(native(connection));
    });
  }

  beforeEach(async () => {
    await ask(open(ahead));
    tokens.current = 'new';
  });

  it('gets a connection with the token before', async () => {
    reject('new');
    await settled({ clock, log }, auth.configureWorker({ taskQueue: 'late' }));
    expect(apiKeys).toEqual(['new', 'old']);
  });

  it('gets the new one again where that one is rejected too', async () => {
    reject('new', 'old');
    const making = auth.configureWorker({ taskQueue: 'late' });
    making.catch(() => undefined);
    await passUntil({ clock, log }, () => apiKeys.length > 2);
    await auth.close();
    expect(apiKeys.slice(0, 3)).toEqual(['new', 'old', 'new']);
    await expect(making).rejects.toMatchObject({ code: 'TEMPORAL_AUTH_CLOSED' });
  });

  it('gets the token that has aged, though there is a newer one', async () => {
    await auth.close();
    auth = createAuth();
    reject('new', 'newer');
    const making = auth.configureWorker({ taskQueue: 'late' });
    await passUntil({ clock, log }, () => apiKeys.length > 1);
    tokens.current = 'newer';
    await passUntil({ clock, log }, () => apiKeys.includes('newer'));
    rejected = ['newer'];
    await settled({ clock, log }, making);
    expect(apiKeys.at(-1)).toBe('new');
  });
});
