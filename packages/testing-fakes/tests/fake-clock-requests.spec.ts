import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { get as httpGet } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FakeClock, FakeDaprSidecar, type LoopbackHandler, LoopbackServer } from '../src/index.ts';

const deadlineMs = 10_000;

/** A client as the packages have them: it sends when a timer fires, and gives up at a deadline of the same clock. */
function poll(clock: FakeClock, send: (signal: AbortSignal) => Promise<unknown>): readonly string[] {
  const outcomes: string[] = [];
  clock.startTimer(() => {
    const ends = new AbortController();
    const deadline = clock.startTimer(() => {
      ends.abort();
    }, deadlineMs);
    void send(ends.signal)
      .then(
        () => outcomes.push('answered'),
        () => outcomes.push(ends.signal.aborted ? 'timed out' : 'failed'),
      )
      .finally(() => {
        deadline.cancel();
      });
  }, 1_000);
  return outcomes;
}

async function start(handler: LoopbackHandler, clock = new FakeClock()): Promise<Scene> {
  const server = await LoopbackServer.start(handler, { clock });
  onTestFinished(() => server.stop());
  return { clock, url: server.url, server };
}

interface Scene {
  readonly clock: FakeClock;
  readonly url: string;
  readonly server: LoopbackServer;
}

const greet: LoopbackHandler = (_request, response) => void response.end('hello');

const overFetch = (url: string) => async (signal: AbortSignal) => (await fetch(url, { signal })).text();

function overHttp(url: string) {
  return async (signal: AbortSignal): Promise<void> => {
    const request = httpGet(url, { agent: false, signal }, (response) => response.resume());
    await once(request, 'close');
    signal.throwIfAborted();
  };
}

/** Turns of the event loop: what a busy machine needs, and more than the clock waits without a reason. */
async function manyTurns(): Promise<void> {
  for (let i = 0; i < 100; i++) await new Promise((resolve) => setImmediate(resolve));
}

describe('a request to a server of the clock', () => {
  it.each([
    ['fetch', overFetch],
    ['node:http', overHttp],
  ])('takes no time, by %s', async (_client, send) => {
    const { clock, url } = await start(greet);
    const outcomes = poll(clock, send(url));
    await clock.advance(3_600_000);
    expect(outcomes).toEqual(['answered']);
  });

  it('takes no time however long the handler takes', async () => {
    const { clock, url } = await start(async (_request, response) => {
      await manyTurns();
      response.end('hello');
    });
    const outcomes = poll(clock, overFetch(url));
    await clock.advance(3_600_000);
    expect(outcomes).toEqual(['answered']);
  });

  it('takes no time when nobody can see its client', async () => {
    const seen: string[] = [];
    const arrived = Promise.withResolvers<undefined>();
    const { clock, server } = await start(async (_request, response) => {
      arrived.resolve(undefined);
      await manyTurns();
      seen.push('answered');
      response.end('hello');
    });
    const socket = connect(server.port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nhost: other\r\n\r\n');
    onTestFinished(() => void socket.destroy());
    await arrived.promise;
    clock.startTimer(() => seen.push('the timer'), deadlineMs);
    await clock.advance(deadlineMs);
    expect(seen).toEqual(['answered', 'the timer']);
  });

  it('is waited for before it is sent: while a thread reads a file for it', async () => {
    const { clock, url } = await start(greet);
    const outcomes = poll(clock, async (signal) => {
      for (let i = 0; i < 10; i++) await readFile(import.meta.filename);
      return overFetch(url)(signal);
    });
    await clock.advance(3_600_000);
    expect(outcomes).toEqual(['answered']);
  });

  it('takes no time after a restart of the server either, and none that the stopped one rejects', async () => {
    const { clock, url, server } = await start(greet);
    await server.stop();
    const rejected = poll(clock, overFetch(url));
    await clock.advance(3_600_000);
    expect(rejected).toEqual(['failed']);
    await server.restart();
    const outcomes = poll(clock, overFetch(url));
    await clock.advance(3_600_000);
    expect(outcomes).toEqual(['answered']);
  });
});

describe('a server of the clock', () => {
  it.each<[string, LoopbackHandler]>([
    ['hangs', () => undefined],
    [
      'sends headers and no body',
      (_request, response) => {
        response.flushHeaders();
      },
    ],
  ])('lets the time pass when it %s', async (_what, handler) => {
    const { clock, url } = await start(handler);
    const outcomes = poll(clock, overFetch(url));
    await clock.advance(1_000 + deadlineMs - 1);
    expect(outcomes).toEqual([]);
    await clock.advance(1);
    expect(outcomes).toEqual(['timed out']);
  });

  it('ends the advance with an error when its handler never ends', async () => {
    const clock = new FakeClock({ patienceMs: 50 });
    const { url, server } = await start(() => new Promise(() => undefined), clock);
    const outcomes = poll(clock, overFetch(url));
    await expect(clock.advance(3_600_000)).rejects.toThrow(`a request to 127.0.0.1:${server.port}`);
    expect(outcomes).toEqual([]);
  });

  it.each([
    [deadlineMs - 1, 'answered'],
    [deadlineMs + 1, 'timed out'],
  ])('takes %i ms for a response that is so slow: %s', async (delayMs, outcome) => {
    const clock = new FakeClock();
    await using dapr = await FakeDaprSidecar.start({ clock });
    dapr.failWith({ delayMs });
    const outcomes = poll(clock, overFetch(`${dapr.url}/v1.0/metadata`));
    await clock.advance(3_600_000);
    expect(outcomes).toEqual([outcome]);
  });

  it.each([
    [60_000, { dripEveryMs: 60_000 }],
    [20, {}],
  ])('takes %i ms of the clock for each byte that drips', async (everyMs, drip) => {
    const clock = new FakeClock({ monotonicMs: 0 });
    await using dapr = await FakeDaprSidecar.start({ clock });
    dapr.failWith({ body: 'abc', connection: 'drip', ...drip });
    let endedAtMs = 0;
    poll(clock, async () => {
      expect(await (await fetch(`${dapr.url}/v1.0/metadata`)).text()).toBe('abc');
      endedAtMs = clock.monotonicNow();
    });
    await clock.advance(3_600_000);
    expect(endedAtMs).toBe(1_000 + 3 * everyMs);
  });

  it('has no timer and no response for a client that has left', async () => {
    const clock = new FakeClock();
    await using dapr = await FakeDaprSidecar.start({ clock });
    dapr.failWith({ delayMs: 60_000 });
    const leaving = new AbortController();
    const left = fetch(dapr.url, { signal: leaving.signal });
    await expect.poll(() => clock.pendingTimers).toBe(1);
    leaving.abort();
    await expect(left).rejects.toThrow();
    await expect.poll(() => clock.pendingTimers).toBe(0);
    await manyTurns();
    expect(dapr.requests[0]?.status).toBeUndefined();
  });

  it('lets the time pass while its responses are held, and stands still again when they are let go', async () => {
    const clock = new FakeClock();
    await using dapr = await FakeDaprSidecar.start({ clock });
    const release = dapr.hold();
    const outcomes = poll(clock, overFetch(`${dapr.url}/v1.0/metadata`));
    await clock.advance(5_000);
    expect([outcomes, dapr.requests.length]).toEqual([[], 1]);
    release();
    await clock.advance(3_600_000);
    expect(outcomes).toEqual(['answered']);
  });
});

describe('holdWhile', () => {
  it('keeps the time still until what takes real time is over', async () => {
    const clock = new FakeClock();
    let isUnderWay = true;
    const order: string[] = [];
    const letGo = clock.holdWhile({ description: 'a child process', isUnderWay: () => isUnderWay });
    clock.startTimer(() => order.push('the timer'), 10);
    void manyTurns().then(() => {
      order.push('the process');
      isUnderWay = false;
    });
    await clock.advance(10);
    expect(order).toEqual(['the process', 'the timer']);
    isUnderWay = true;
    letGo();
    await clock.advance(10);
  });
});
