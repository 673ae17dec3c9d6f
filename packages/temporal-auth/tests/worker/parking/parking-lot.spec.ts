import { FakeClock } from '@worker-auth/testing-fakes';
import { execFile } from 'node:child_process';
import { constants } from 'node:http2';
import { fileURLToPath } from 'node:url';
import { inspect, promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ParkingLot } from '../../../src/worker/parking/parking-lot.ts';
import { isListening } from '../../support/is-listening.ts';
import { lotClient, type LotClient } from '../../support/lot-client.ts';

const ok = { status: 0, text: undefined, message: Buffer.alloc(0) };
const unavailable = {
  ...{ status: 14, message: Buffer.alloc(0) },
  text: 'The worker is parked until Temporal takes its access token again',
};

interface Opened extends AsyncDisposable {
  readonly lot: ParkingLot;
  readonly clock: FakeClock;
  readonly client: LotClient;
}

async function openLot(): Promise<Opened> {
  const clock = new FakeClock();
  const lot = await ParkingLot.open({ systemInfo: Uint8Array.of(1, 2, 3), clock });
  const client = lotClient(lot);
  return {
    ...{ lot, clock, client },
    [Symbol.asyncDispose]: async () => {
      await client[Symbol.asyncDispose]();
      await lot.close();
    },
  };
}

/** Makes a call that is held; what it is answered, inside an object so that nobody waits for it yet. */
async function held(
  { lot, client }: Opened,
  method: string,
  timeout?: string,
): Promise<{ readonly answer: ReturnType<LotClient['call']> }> {
  const before = lot.held;
  const fields = timeout === undefined ? {} : { 'grpc-timeout': timeout };
  const answer = client.call(method, { ...lot.metadata, ...fields });
  await expect.poll(() => lot.held, { interval: 1 }).toBe(before + 1);
  return { answer };
}

/** Expects that the call is answered after so many milliseconds, and no earlier. */
async function expectHeldFor({ clock, lot }: Opened, ms: number, call: Promise<unknown>): Promise<void> {
  const before = lot.held;
  await clock.advance(ms - 1);
  expect(lot.held).toBe(before);
  await clock.advance(1);
  expect(lot.held).toBe(before - 1);
  await call;
}

describe('a call to the lot', () => {
  it('is refused without the secret of its process, whatever it asks for', async () => {
    await using opened = await openLot();
    const { client, lot } = opened;
    const [name = ''] = Object.keys(lot.metadata);
    const secret = lot.metadata[name] ?? '';
    const refused = { status: 7, text: 'Not for you', message: Buffer.alloc(0) };
    for (const method of ['GetSystemInfo', 'PollActivityTaskQueue', 'RespondActivityTaskCompleted']) {
      expect(await client.call(method, {})).toEqual(refused);
      expect(await client.call(method, { [name]: `${secret.slice(0, -1)}.` })).toEqual(refused);
      expect(await client.call(method, { [name]: `${secret}.` })).toEqual(refused);
    }
    expect(lot.held).toBe(0);
    expect(secret).toMatch(/^[\w-]{43}$/);
    expect(inspect(lot, { depth: Infinity, showHidden: true })).not.toContain(secret);
  });

  it('has the secret of another lot in vain', async () => {
    await using here = await openLot();
    await using there = await openLot();
    expect(await here.client.call('GetSystemInfo', there.lot.metadata)).toMatchObject({ status: 7 });
  });

  it('gets what the server says of itself', async () => {
    await using opened = await openLot();
    expect(await opened.client.call('GetSystemInfo')).toEqual({ ...ok, message: Buffer.of(1, 2, 3) });
  });

  it.each(['RecordActivityTaskHeartbeat', 'RecordWorkerHeartbeat', 'ShutdownWorker'])(
    'is taken at once when it is %s',
    async (method) => {
      await using opened = await openLot();
      expect(await opened.client.call(method)).toEqual(ok);
    },
  );

  it('is to be repeated when it is anything else', async () => {
    await using opened = await openLot();
    expect(await opened.client.call('DescribeNamespace')).toEqual(unavailable);
  });
});

describe('a poll', () => {
  it.each([
    { timeout: undefined, heldMs: 56_000 },
    { timeout: 'soon', heldMs: 56_000 },
    { timeout: '70000000u', heldMs: 56_000 },
    { timeout: '11S', heldMs: 8_800 },
    { timeout: '11000m', heldMs: 8_800 },
    { timeout: '1M', heldMs: 48_000 },
  ])('of timeout $timeout is empty after $heldMs ms', async ({ timeout, heldMs }) => {
    await using opened = await openLot();
    const poll = await held(opened, 'PollWorkflowTaskQueue', timeout);
    await expectHeldFor(opened, heldMs, poll.answer);
    expect(await poll.answer).toEqual(ok);
    expect(opened.clock.pendingTimers).toBe(0);
  });

  it('is empty at once when the lot is left, and soon when it comes after that', async () => {
    await using opened = await openLot();
    const early = await held(opened, 'PollNexusTaskQueue');
    opened.lot.release();
    expect(await early.answer).toEqual(ok);
    const late = await held(opened, 'PollNexusTaskQueue');
    await expectHeldFor(opened, 1_000, late.answer);
    opened.lot.hold();
    const next = await held(opened, 'PollNexusTaskQueue');
    await expectHeldFor(opened, 56_000, next.answer);
  });

  it('is empty at once when a worker shuts down, and soon when it comes within 15 s of that', async () => {
    await using opened = await openLot();
    const early = await held(opened, 'PollActivityTaskQueue');
    await opened.client.call('ShutdownWorker');
    expect(await early.answer).toEqual(ok);
    await opened.clock.advance(14_999);
    const late = await held(opened, 'PollActivityTaskQueue');
    await expectHeldFor(opened, 1_000, late.answer);
  });

  it('is held as any other when it comes 15 s after a worker has shut down', async () => {
    await using opened = await openLot();
    await opened.client.call('ShutdownWorker');
    await opened.clock.advance(15_000);
    const poll = await held(opened, 'PollActivityTaskQueue');
    await expectHeldFor(opened, 56_000, poll.answer);
  });

  it.each([constants.NGHTTP2_NO_ERROR, constants.NGHTTP2_INTERNAL_ERROR])(
    'is forgotten when its caller leaves, with the code %d',
    async (code) => {
      await using opened = await openLot();
      await opened.client.callAndLeave('PollActivityTaskQueue', code);
      await expect.poll(() => opened.lot.held).toBe(0);
      expect(opened.clock.pendingTimers).toBe(0);
      expect(await opened.client.call('ShutdownWorker')).toEqual(ok);
    },
  );
});

describe('the outcome of a task', () => {
  it('is to be repeated after 9.95 s, when Core gives up', async () => {
    await using opened = await openLot();
    const outcome = await held(opened, 'RespondActivityTaskCompleted');
    await expectHeldFor(opened, 9_950, outcome.answer);
    expect(await outcome.answer).toEqual(unavailable);
  });

  it('is not ended by the end of a worker, since it may be of another', async () => {
    await using opened = await openLot();
    const outcome = await held(opened, 'RespondActivityTaskCompleted');
    await opened.client.call('ShutdownWorker');
    await expectHeldFor(opened, 9_950, outcome.answer);
  });

  it('is taken whatever its size', async () => {
    await using opened = await openLot();
    await opened.client.upload('RespondActivityTaskCompleted', 2 ** 20);
  });

  it('is to be repeated at once when the lot is left, and when it comes after that', async () => {
    await using opened = await openLot();
    const early = await held(opened, 'RespondWorkflowTaskCompleted');
    opened.lot.release();
    expect(await early.answer).toEqual(unavailable);
    expect(await opened.client.call('RespondWorkflowTaskCompleted')).toEqual(unavailable);
  });

  it('is held among a thousand others of one connection', async () => {
    await using opened = await openLot();
    const { client, lot } = opened;
    const outcomes = Array.from({ length: 1_000 }, () => client.call('RespondActivityTaskCompleted'));
    await expect.poll(() => lot.held).toBe(1_000);
    lot.release();
    expect(new Set((await Promise.all(outcomes)).map(({ status }) => status))).toEqual(new Set([14]));
    expect(lot.held).toBe(0);
  });
});

describe('a lot', () => {
  it('is on loopback alone', async () => {
    await using opened = await openLot();
    const { address } = opened.lot;
    expect(address).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(await isListening(address)).toBe(true);
    expect(await isListening(address.replace('127.0.0.1', '127.0.0.2'))).toBe(false);
  });

  it('ends with whatever is under way', async () => {
    await using opened = await openLot();
    const poll = await held(opened, 'PollActivityTaskQueue');
    const lost = poll.answer.catch(() => 'lost');
    const { address } = opened.lot;
    expect(await isListening(address)).toBe(true);
    await opened.lot.close();
    await lost;
    expect(await isListening(address)).toBe(false);
    expect(opened.clock.pendingTimers).toBe(0);
  });

  it('keeps no process alive', async () => {
    const program = fileURLToPath(new URL('../../support/idle-lot.ts', import.meta.url));
    const args = ['--conditions=@worker-auth/source', program];
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 60_000 });
    expect(stdout).toBe('held\n');
  });
});
