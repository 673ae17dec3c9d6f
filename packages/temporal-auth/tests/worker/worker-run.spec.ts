import { FakeClock } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { runToEnd } from '../../src/worker/worker-run.ts';
import { FakeWorker, transportError } from '../support/fake-worker.ts';
import { rejection } from '../support/scene.ts';

const rejectedError = transportError('Request unauthorized.');
const late = new Error('Worker still in use');

/** Runs a worker that fails after `happen`, and whose `run()` rejects with something else. */
async function runAndFail(worker: FakeWorker, happen: () => void): Promise<unknown> {
  const running = rejection(runToEnd(worker, new FakeClock(), () => worker.run()));
  happen();
  worker.reject(late);
  return running;
}

describe('the log of a worker', () => {
  it('tells why it failed, and is told everything all the same', async () => {
    const worker = new FakeWorker();
    const logged: unknown[] = [];
    worker.logger.error = (...line) => void logged.push(line);
    const error = await runAndFail(worker, () => {
      worker.logger.error('Activity failed', { error: new Error('disk full') });
      worker.logger.error('Worker failed', { error: rejectedError });
    });
    expect(error).toBe(rejectedError);
    expect(logged).toEqual([
      ['Activity failed', { error: new Error('disk full') }],
      ['Worker failed', { error: rejectedError }],
    ]);
  });

  it('may say no reason', async () => {
    const worker = new FakeWorker();
    const error = await runAndFail(worker, () => {
      worker.logger.error('Worker failed');
    });
    expect(error).toBe(late);
  });

  it.each([undefined, {}])('may be %j', async (logger) => {
    const worker = Object.assign(new FakeWorker(), { logger });
    expect(await runAndFail(worker, () => undefined)).toBe(late);
  });
});
