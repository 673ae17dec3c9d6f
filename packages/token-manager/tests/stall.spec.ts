import { expect, it, onTestFinished } from 'vitest';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { TokenManager } from '../src/token-manager.ts';

/** A server in a thread of its own, which answers the first request when this thread says so, and tells it when it has. */
const server = `
  const { createServer } = require('node:http');
  const { parentPort, workerData } = require('node:worker_threads');
  createServer((request, response) => {
    parentPort.postMessage('asked');
    Atomics.wait(workerData, 0, 0);
    response.on('close', () => {
      Atomics.store(workerData, 1, 1);
      Atomics.notify(workerData, 1);
    });
    response.end(JSON.stringify({ access_token: 'token', token_type: 'bearer', expires_in: 60 }));
  }).listen(0, '127.0.0.1', function () {
    parentPort.postMessage(this.address().port);
  });`;

/** A clock that stands still, and whose timers fire at once, as after a stall, when the time is set. */
function stalledClock() {
  const timers = new Map<() => void, number>();
  let nowMs = 0;
  return {
    monotonicNow: () => nowMs,
    wallNow: () => nowMs,
    startTimer: (callback: () => void, delayMs: number) => {
      timers.set(callback, nowMs + delayMs);
      return { cancel: () => void timers.delete(callback) };
    },
    wakeAt: (wakeMs: number) => {
      nowMs = wakeMs;
      const due = [...timers].filter(([, dueMs]) => dueMs <= wakeMs).map(([callback]) => callback);
      for (const callback of due) {
        timers.delete(callback);
        callback();
      }
    },
  };
}

it('a response that came during a stall that was longer than the deadlines is used', async () => {
  const flags = new Int32Array(new SharedArrayBuffer(8));
  const worker = new Worker(server, { eval: true, workerData: flags });
  onTestFinished(async () => {
    await worker.terminate();
  });
  const [port] = (await once(worker, 'message')) as [number];
  const asked = once(worker, 'message');
  const clock = stalledClock();
  const tokens = new TokenManager({
    tokenUrl: `http://127.0.0.1:${port}/token`,
    credentials: { clientId: 'a', clientSecret: 'b' },
    timeoutMs: 10_000,
    attemptTimeoutMs: 15_000,
    clock,
  });
  onTestFinished(() => tokens.stop());
  const waiting = tokens.getToken();
  await asked;

  // This thread stands still until the response has been sent; then timers come before what has arrived.
  Atomics.store(flags, 0, 1);
  Atomics.notify(flags, 0);
  Atomics.wait(flags, 1, 0);
  clock.wakeAt(20_000);

  expect(await waiting).toBe('token');
});
