import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import {
  AuthenticationError,
  ConfigurationError,
  StoppedError,
} from '../../src/errors/temporal-auth-error.ts';
import { grpcError } from '../support/fake-client-connection.ts';
import { keepCertificates } from '../support/kept-certificates.ts';
import { openWorkflowClient, type WorkflowClientScene } from '../support/open-workflow-client.ts';
import { isSettled, rejection } from '../support/scene.ts';

const activities = { countRows: () => 1 };
const gone = new Error('gone');

/** Nothing here takes longer than a turn of the event loop. */
const soon = { interval: 1 };

/** Temporal leaves the next question for its system information without an answer until the test gives one. */
function holdGreeting({ answers }: WorkflowClientScene): PromiseWithResolvers<object> {
  const held = Promise.withResolvers<object>();
  answers.getSystemInfo = held.promise;
  return held;
}

/** Whether there is another token before the life of the first is over. */
async function isRenewed({ client, clock }: WorkflowClientScene): Promise<boolean> {
  await clock.advance(2_000_000);
  return client.auth.peek() === 'token-2';
}

/** The connections that are open: one is, from its first call on, until it is closed. */
function openConnections({ lazy, calls }: WorkflowClientScene): number {
  return lazy.mock.calls.length - calls.filter((call) => call === 'closed').length;
}

describe('load()', () => {
  it('connects once, whoever asks for it and whenever', async () => {
    await using scene = openWorkflowClient();
    const { client, lazy } = scene;
    await Promise.all([client.load(), client.load()]);
    await client.load();
    expect(lazy).toHaveBeenCalledTimes(1);
    expect(client.client.options.namespace).toBe('ours');
  });

  it('makes the client with the settings that were given', async () => {
    const settings = { identity: 'me' };
    await using scene = openWorkflowClient({ client: settings });
    settings.identity = 'another';
    await scene.client.load();
    expect(scene.client.client.options.identity).toBe('me');
  });

  it('tells the log where it has connected to, and how', async () => {
    await using scene = openWorkflowClient();
    await scene.client.load();
    expect(scene.log.entries.at(-1)).toMatchObject({
      ...{ level: 'INFO', message: 'Connected to Temporal' },
      meta: { address: 'temporal:7233', namespace: 'ours', authEnabled: true, tls: true },
    });
  });

  it('keeps the token fresh from then on, unless it is told not to', async () => {
    for (const autoStartTokenRefresh of [undefined, true, false]) {
      await using scene = openWorkflowClient({ autoStartTokenRefresh });
      await scene.client.load();
      expect(await isRenewed(scene)).toBe(autoStartTokenRefresh !== false);
    }
  });

  it('begins nothing for a caller who has left', async () => {
    await using scene = openWorkflowClient();
    const signal = AbortSignal.abort(gone);
    expect(await rejection(scene.client.load({ signal }))).toBe(gone);
    expect([scene.client.health().state, scene.reads()]).toEqual(['new', 0]);
    await scene.client.load();
    expect(await rejection(scene.client.load({ signal }))).toBe(gone);
  });

  it('goes on for the others when one of its callers leaves', async () => {
    await using scene = openWorkflowClient();
    const held = holdGreeting(scene);
    const leaving = new AbortController();
    const left = rejection(scene.client.load({ signal: leaving.signal }));
    const stayed = scene.client.load();
    leaving.abort(gone);
    expect(await left).toBe(gone);
    expect(scene.client.health().state).toBe('loading');
    held.resolve({});
    await stayed;
    expect(scene.lazy).toHaveBeenCalledTimes(1);
  });

  it('is given up when the last of its callers leaves, and can be called again', async () => {
    await using scene = openWorkflowClient();
    holdGreeting(scene);
    const [one, other] = [new AbortController(), new AbortController()];
    const left = [one, other].map(({ signal }) => rejection(scene.client.load({ signal })));
    await expect.poll(() => scene.calls, soon).toContain('getSystemInfo');
    one.abort(gone);
    other.abort(gone);
    expect(await Promise.all(left)).toEqual([gone, gone]);
    expect(scene.client.health().state).toBe('new');
    await expect.poll(() => openConnections(scene), soon).toBe(0);
    scene.answers.getSystemInfo = Promise.resolve({});
    await scene.client.load();
    expect(scene.client.health().state).toBe('loaded');
  });

  it('fails for all of its callers, and tries anew for who calls it then', async () => {
    await using scene = openWorkflowClient();
    scene.answers.describeNamespace = Promise.reject(grpcError(7));
    const errors = await Promise.all([scene.client.load(), scene.client.load()].map(rejection));
    expect(errors).toEqual([expect.any(AuthenticationError), expect.any(AuthenticationError)]);
    expect([scene.client.health().state, openConnections(scene)]).toEqual(['new', 0]);
    scene.answers.describeNamespace = Promise.resolve({});
    await scene.client.load();
    expect(scene.lazy).toHaveBeenCalledTimes(2);
  });
});

describe('what needs a connection', () => {
  it('says that load() comes first', async () => {
    await using scene = openWorkflowClient();
    const { client } = scene;
    const notLoaded = { code: 'TEMPORAL_AUTH_NOT_LOADED' };
    expect(() => client.client).toThrow(ConfigurationError);
    expect(await rejection(client.startWorkflow('extract'))).toMatchObject(notLoaded);
    expect(await rejection(client.createWorker({ activities }))).toMatchObject(notLoaded);
    const loading = client.load();
    expect(() => client.client).toThrow('await load() first');
    await loading;
  });

  it('says after close() that the client was closed', async () => {
    const { client, lazy } = openWorkflowClient();
    await client.load();
    await client.close();
    expect(() => client.client).toThrow(StoppedError);
    const calls = [
      ...[client.load(), client.startWorkflow('extract')],
      ...[client.createWorker({ activities }), client.runWorker({ activities })],
    ];
    for (const error of await Promise.all(calls.map(rejection))) expect(error).toBeInstanceOf(StoppedError);
    expect(lazy).toHaveBeenCalledTimes(1);
  });
});

describe('startWorkflow()', () => {
  it('starts one on the task queue of the application', async () => {
    await using scene = openWorkflowClient();
    await scene.client.load();
    const { workflowId, runId } = await scene.client.startWorkflow('extract');
    expect([workflowId, runId]).toEqual([expect.stringMatching(/^orders-/), 'first-run']);
  });

  it('tells of a refusal with the place, and without the token', async () => {
    await using scene = openWorkflowClient();
    await scene.client.load();
    scene.answers.startWorkflowExecution = Promise.reject(grpcError(7, 'Request unauthorized: token-1'));
    const error = await rejection(scene.client.startWorkflow('extract'));
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(String(error)).toContain('temporal:7233');
    expect(String(error)).not.toContain('token-1');
  });

  it('tells of a refusal without a token too', async () => {
    await using scene = openWorkflowClient({ authEnabled: false });
    await scene.client.load();
    scene.answers.startWorkflowExecution = Promise.reject(grpcError(7));
    const error = await rejection(scene.client.startWorkflow('extract'));
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(String(error)).toContain('No token was sent');
  });
});

describe('a worker', () => {
  it('has the token kept fresh, if load() did not, unless it is told not to', async () => {
    for (const [autoStartTokenRefresh, isKept] of [
      [undefined, false],
      [false, false],
      [true, true],
    ] as const) {
      await using scene = openWorkflowClient({ autoStartTokenRefresh: false });
      await scene.client.load();
      await scene.client.createWorker({ activities, autoStartTokenRefresh });
      expect(await isRenewed(scene)).toBe(isKept);
    }
  });

  it('has none kept fresh where authentication is off', async () => {
    await using scene = openWorkflowClient({ authEnabled: false });
    await scene.client.load();
    await scene.client.createWorker({ activities, autoStartTokenRefresh: true });
    expect(scene.made).toHaveLength(1);
  });
});

describe('runWorker()', () => {
  it('loads the client and runs a worker until its signal', async () => {
    await using scene = openWorkflowClient();
    const ending = new AbortController();
    const running = scene.client.runWorker({ activities, signal: ending.signal });
    await expect.poll(() => scene.made[0]?.runs, soon).toBe(1);
    expect(scene.client.health()).toMatchObject({ state: 'loaded', workers: [{ taskQueue: 'orders' }] });
    ending.abort();
    scene.made[0]?.end();
    await running;
  });

  it('has the token kept fresh where it is told to, and authentication is on', async () => {
    for (const [authEnabled, autoStartTokenRefresh, isKept] of [
      [true, true, true],
      [true, undefined, false],
      [false, true, false],
    ] as const) {
      await using scene = openWorkflowClient({ authEnabled, autoStartTokenRefresh: false });
      const running = scene.client.runWorker({ activities, autoStartTokenRefresh });
      await expect.poll(() => scene.made[0]?.runs, soon).toBe(1);
      scene.made[0]?.end();
      await running;
      expect(await isRenewed(scene)).toBe(isKept);
    }
  });

  it('looks at its settings before it does anything', async () => {
    await using scene = openWorkflowClient();
    for (const settings of [{ maxConsecutiveFailures: 0 }, { healthyAfterMs: -1 }]) {
      const error = await rejection(scene.client.runWorker({ activities, ...settings }));
      expect(error).toBeInstanceOf(RangeError);
    }
    expect(scene.client.health().state).toBe('new');
  });

  it('gives up after as many failures as it is told to', async () => {
    await using scene = openWorkflowClient();
    const running = rejection(scene.client.runWorker({ activities, maxConsecutiveFailures: 1 }));
    await expect.poll(() => scene.made[0]?.runs, soon).toBe(1);
    scene.made[0]?.reject(new Error('broken'));
    expect(await running).toMatchObject({ code: 'TEMPORAL_AUTH_WORKER_FAILED' });
  });

  it('ends without a worker when its signal aborts before the client is loaded', async () => {
    await using scene = openWorkflowClient();
    holdGreeting(scene);
    const ending = new AbortController();
    const running = scene.client.runWorker({ activities, signal: ending.signal });
    ending.abort();
    await running;
    expect(scene.made).toEqual([]);
  });

  it('throws why the client cannot be loaded, unless that is its signal', async () => {
    for (let steps = 0; steps < 20; steps++) {
      await using scene = openWorkflowClient();
      const ending = new AbortController();
      const { signal } = ending;
      const held = holdGreeting(scene);
      const loading = rejection(scene.client.load({ signal }));
      const running = scene.client.runWorker({ activities, signal }).catch((error: unknown) => error);
      await expect.poll(() => scene.calls, soon).toContain('getSystemInfo');
      held.reject(grpcError(7));
      for (let step = 0; step < steps; step++) await Promise.resolve();
      ending.abort(gone);
      const error = await loading;
      expect(await running).toBe(error === gone ? undefined : error);
    }
  });
});

describe('health() and events', () => {
  it('tell of the client from the beginning to the end', async () => {
    const { client } = openWorkflowClient();
    expect(client.health()).toEqual({
      state: 'new',
      auth: expect.objectContaining({ state: 'missing' }) as unknown,
      temporal: { state: 'unknown', sinceMs: undefined, reason: undefined },
      certificate: undefined,
      workers: [],
    });
    const loading = client.load();
    expect(client.health().state).toBe('loading');
    await loading;
    await client.createWorker({ activities });
    expect(client.health()).toMatchObject({ state: 'loaded', workers: [{ taskQueue: 'orders' }] });
    const closed = client.close();
    expect(client.health()).toMatchObject({ state: 'closing', workers: [{ taskQueue: 'orders' }] });
    await closed;
    expect(client.health()).toMatchObject({ state: 'closed', auth: { state: 'missing' }, workers: [] });
  });

  it('tell of tokens, of workers, and of what Temporal makes of the token', async () => {
    await using scene = openWorkflowClient();
    const { client, clock, made } = scene;
    const told: string[] = [];
    client.on('tokenRefreshed', () => told.push('token'));
    client.on('workerStarted', () => told.push('worker'));
    client.on('health', ({ state, temporal }) => told.push(`${state}, ${temporal.state}`));
    const running = client.runWorker({ activities });
    await expect.poll(() => made[0]?.runs, soon).toBe(1);
    await clock.advance(60_000);
    made[0]?.end();
    await running;
    expect(told.toSorted()).toEqual(['loaded, good', 'token', 'worker']);
  });
});

describe('close()', () => {
  it('closes the connections, refreshes no more, and forgets the token', async () => {
    const { client, clock, calls, opened } = openWorkflowClient();
    await client.load();
    await client.createWorker({ activities });
    expect(client.close()).toBe(client.close());
    await client.close();
    expect([calls.at(-1), opened[0]?.isClosed, clock.pendingTimers]).toEqual(['closed', true, 0]);
    expect([client.auth.isTokenValid(), client.health().state]).toEqual([false, 'closed']);
    expect(await rejection(client.auth.getToken())).toMatchObject({ kind: 'stopped' });
  });

  it('is refused while a worker runs, and nothing is closed then', async () => {
    const { client, made, calls } = openWorkflowClient();
    await client.load();
    await client.createWorker({ activities });
    void made[0]?.run();
    expect(await rejection(client.close())).toMatchObject({ code: 'TEMPORAL_AUTH_WORKERS_RUNNING' });
    expect(client.health()).toMatchObject({ state: 'loaded', auth: { state: 'valid' } });
    expect(client.client.options.namespace).toBe('ours');
    made[0]?.end();
    await client.close();
    expect(calls.at(-1)).toBe('closed');
  });

  it('gives a load() up, and waits for its end', async () => {
    const scene = openWorkflowClient();
    holdGreeting(scene);
    const loading = rejection(scene.client.load());
    await expect.poll(() => scene.calls, soon).toContain('getSystemInfo');
    await scene.client.close();
    expect(openConnections(scene)).toBe(0);
    expect(await loading).toBeInstanceOf(StoppedError);
    expect([scene.client.health().state, scene.clock.pendingTimers]).toEqual(['closed', 0]);
  });

  it('waits for the end of a load() that its callers have left', async () => {
    const scene = openWorkflowClient();
    const { client, connection, calls } = scene;
    holdGreeting(scene);
    const ended = Promise.withResolvers<undefined>();
    connection.close = () => (calls.push('closing'), ended.promise);
    const leaving = new AbortController();
    const loading = rejection(client.load({ signal: leaving.signal }));
    await expect.poll(() => calls, soon).toContain('getSystemInfo');
    leaving.abort(gone);
    await loading;
    const closed = client.close();
    await expect.poll(() => calls, soon).toContain('closing');
    expect(await isSettled(closed)).toBe(false);
    expect(client.health().state).toBe('closing');
    ended.resolve(undefined);
    await closed;
  });

  it('leaves nothing open or refreshing, at whichever step of a load() it comes', async () => {
    for (let steps = 0; steps < 50; steps++) {
      const scene = openWorkflowClient();
      const { client, answers, calls } = scene;
      const held = Promise.withResolvers<object>();
      answers.describeNamespace = held.promise;
      const loading = client.load().catch((error: unknown) => error);
      await expect.poll(() => calls, soon).toContain('ours');
      held.resolve({});
      for (let step = 0; step < steps; step++) await Promise.resolve();
      await client.close();
      expect([undefined, expect.any(StoppedError)]).toContainEqual(await loading);
      await setImmediate();
      expect([openConnections(scene), scene.clock.pendingTimers]).toEqual([0, 0]);
      expect(client.health()).toMatchObject({ state: 'closed', auth: { state: 'missing' } });
    }
  });

  it('is what the end of `await using` does', async () => {
    const scene = openWorkflowClient();
    {
      await using client = scene.client;
      await client.load();
    }
    expect(scene.client.health().state).toBe('closed');
  });
});

describe('a client whose certificates rotate', () => {
  it('reads them, presents them, keeps them, and reads them no more after close()', async () => {
    await using kept = await keepCertificates();
    await kept.issue();
    const { certFile, keyFile } = kept.folder.files;
    const scene = openWorkflowClient({
      ...{ authEnabled: false, tls: { certFile, keyFile } },
      clock: kept.clock,
      random: () => 0,
    });
    expect(scene.client.health().certificate).toBeUndefined();
    await scene.client.load();
    expect(scene.client.health().certificate?.expiresInMs).toBeGreaterThan(0);
    expect(scene.lazy.mock.calls[0]?.[0]?.tls).toHaveProperty('clientCertPair');
    expect(kept.clock.pendingTimers).toBeGreaterThan(0);
    await scene.client.close();
    expect(kept.clock.pendingTimers).toBe(0);
  });
});
