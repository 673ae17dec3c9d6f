import { type ChannelInterface, type ChannelOptions, credentials, Metadata, status } from '@grpc/grpc-js';
import { FakeClock, RecordingLogger } from '@worker-auth/testing-fakes';
import { beforeEach, describe, expect, it } from 'vitest';
import { withAnsweringChannel } from '../../src/network/answering-channel.ts';

type Call = ReturnType<ChannelInterface['createCall']>;
type Listener = Parameters<Call['start']>[1];

const service = '/temporal.api.workflowservice.v1.WorkflowService';
const system = `${service}/GetSystemInfo`;

/** A call that ends when the test says. */
class FakeCall {
  readonly ended: status[] = [];
  #listener: Listener | undefined;

  start(_metadata: Metadata, listener: Listener): void {
    this.#listener = listener;
  }
  end(code: status): void {
    this.#listener?.onReceiveStatus({ code, details: '', metadata: new Metadata() });
  }
  answer(): void {
    this.#listener?.onReceiveMetadata(new Metadata());
    this.#listener?.onReceiveMessage(Buffer.alloc(0));
  }
  cancelWithStatus = (code: status): void => {
    this.ended.push(code);
    this.end(code);
  };
  sendMessageWithContext = (): void => undefined;
  halfClose = (): void => undefined;
  startRead = (): void => undefined;
}

class FakeChannel {
  readonly args: ChannelOptions;
  readonly calls: FakeCall[] = [];
  isClosed = false;
  /** How it is asked whether it answers, and what comes of it. */
  questions = 0;
  reply: () => status | undefined = () => status.OK;

  constructor(args: ChannelOptions) {
    this.args = args;
  }
  createCall(method: string): FakeCall {
    const call = new FakeCall();
    if (method === system) {
      this.questions++;
      setImmediate(() => {
        const code = this.reply();
        if (code === status.OK) call.answer();
        if (code !== undefined) call.end(code);
      });
    } else this.calls.push(call);
    return call;
  }
  getTarget = (): string => 'dns:temporal:7233';
  getConnectivityState = (...given: unknown[]): unknown => given;
  getChannelzRef = (): string => 'of this channel';
  watchConnectivityState = (...given: unknown[]): unknown => this.watched.push(given);
  readonly watched: unknown[] = [];
  close(): void {
    this.isClosed = true;
  }
}

let clock: FakeClock;
let log: RecordingLogger;
let channels: FakeChannel[];
let channel: ChannelInterface;
/** What the next channels say. */
let there: status | undefined;

const silent = (): undefined => undefined;

beforeEach(() => {
  [clock, log, channels, there] = [new FakeClock(), new RecordingLogger(), [], status.OK];
  const given = (_target: string, _credentials: unknown, args: ChannelOptions): FakeChannel => {
    const fake = new FakeChannel(args);
    if (channels.length > 0) fake.reply = () => there;
    channels.push(fake);
    return fake;
  };
  const { channelArgs } = withAnsweringChannel(
    { address: 'temporal:7233', channelArgs: { 'grpc.keepalive_time_ms': 1, channelFactoryOverride: given } },
    { clock, logger: log },
  );
  expect(channelArgs).toMatchObject({ 'grpc.keepalive_time_ms': 1 });
  const make = channelArgs?.['channelFactoryOverride'] as (...target: unknown[]) => ChannelInterface;
  channel = make('temporal:7233', credentials.createInsecure(), { 'grpc.a': 1 });
});

/** A call that has begun; what its caller is told. */
function begin(method: string, bytes = 0): status[] {
  const statuses: status[] = [];
  const call = channel.createCall(`${service}/${method}`, Infinity, null, null, null);
  call.start(new Metadata(), {
    onReceiveMetadata: () => undefined,
    onReceiveMessage: () => undefined,
    onReceiveStatus: ({ code }) => statuses.push(code),
  });
  call.sendMessageWithContext({}, Buffer.alloc(bytes));
  return statuses;
}

/** Lets time pass, and the answers to questions come. */
async function pass(ms: number): Promise<void> {
  await clock.advance(ms);
  for (let turn = 0; turn < 6; turn++) await new Promise(setImmediate);
}

describe('a call that has no answer for 5 s', () => {
  it('has the connection replaced where another one answers, and ends as UNAVAILABLE', async () => {
    const [first] = channels as [FakeChannel];
    first.reply = silent;
    const [call, long] = [begin('DescribeNamespace'), begin('QueryWorkflow')];
    await pass(4_999);
    expect(channels).toHaveLength(1);
    await pass(1);
    await pass(1_499);
    expect(channels).toHaveLength(1);
    await pass(1);
    expect(call).toEqual([]);
    await pass(1_500);
    const second = channels[1] as FakeChannel;
    expect([first.args, second.args]).toEqual([
      { 'grpc.a': 1 },
      { 'grpc.a': 1, 'grpc.use_local_subchannel_pool': 1 },
    ]);
    expect([first.isClosed, second.isClosed]).toEqual([true, false]);
    expect([call, long]).toEqual([[status.UNAVAILABLE], [status.UNAVAILABLE]]);
    const again = begin('DescribeNamespace');
    second.calls[0]?.answer();
    second.calls[0]?.end(status.OK);
    expect(again).toEqual([status.OK]);
    expect(log.entries).toEqual([
      {
        level: 'WARN',
        message:
          'Temporal did not answer on one connection and answers on a new one; calls of clients use that',
        meta: { address: 'temporal:7233' },
      },
    ]);
    channel.close();
    expect(second.isClosed).toBe(true);
  });

  it('has its time where it is large', async () => {
    const [first] = channels as [FakeChannel];
    first.reply = silent;
    begin('StartWorkflowExecution', 1_114_112);
    await pass(6_000);
    begin('DescribeNamespace');
    await pass(15_383);
    expect([first.questions, channels.length]).toEqual([0, 1]);
    await pass(1);
    expect(first.questions).toBe(1);
  });

  it('is no reason while others are answered', async () => {
    const [first] = channels as [FakeChannel];
    first.reply = silent;
    for (let call = 0; call < 2; call++) begin('DescribeNamespace');
    await pass(4_000);
    first.calls[0]?.answer();
    await pass(4_999);
    expect(first.questions).toBe(0);
    await pass(1);
    expect(first.questions).toBe(1);
  });

  it('opens none where this one answers', async () => {
    const call = begin('DescribeNamespace');
    await pass(5_000);
    expect([channels.length, channels[0]?.questions, call]).toEqual([1, 1, []]);
  });

  it('opens none where this one is lost, as gRPC knows by itself', async () => {
    (channels[0] as FakeChannel).reply = () => status.UNAVAILABLE;
    begin('DescribeNamespace');
    await pass(5_000);
    expect(channels).toHaveLength(1);
  });

  it('has the other one closed where that does not answer either, or this one does by then', async () => {
    const [first] = channels as [FakeChannel];
    first.reply = () => (first.questions === 6 ? status.OK : undefined);
    const call = begin('DescribeNamespace');
    for (const code of [undefined, status.UNAVAILABLE, status.OK]) {
      there = code;
      await pass(5_000);
      for (let half = 0; half < 3; half++) await pass(1_500);
    }
    expect([channels.map(({ isClosed }) => isClosed), call]).toEqual([[false, true, true, true], []]);
  });

  it('is asked about three times in the first minute, and then once a minute', async () => {
    begin('DescribeNamespace');
    for (let second = 0; second < 150; second += 5) await pass(5_000);
    expect(channels[0]?.questions).toBe(5);
  });
});

describe('nothing is asked', () => {
  it.each([
    'PollWorkflowExecutionUpdate',
    'QueryWorkflow',
    'UpdateWorkflowExecution',
    'ExecuteMultiOperation',
    'GetWorkflowExecutionHistory',
  ])('for %s, which may take its time', async (method) => {
    begin(method);
    await pass(60_000);
    expect(channels[0]?.questions).toBe(0);
  });

  it('once a call has its answer, or its status, or the channel is closed', async () => {
    const [first] = channels as [FakeChannel];
    for (let call = 0; call < 2; call++) begin('DescribeNamespace');
    first.calls[0]?.answer();
    first.calls[1]?.end(status.NOT_FOUND);
    await pass(60_000);
    begin('DescribeNamespace');
    await pass(1_000);
    channel.close();
    await pass(60_000);
    expect([first.questions, clock.pendingTimers]).toEqual([0, 0]);
  });

  it('before the 5 s of the call that is open are over', async () => {
    const [first] = channels as [FakeChannel];
    begin('DescribeNamespace');
    await pass(4_000);
    begin('DescribeNamespace');
    first.calls[0]?.answer();
    await pass(4_999);
    expect(first.questions).toBe(0);
    await pass(1);
    expect(first.questions).toBe(1);
  });
});

it('a channel that is closed while another is tried leaves nothing open', async () => {
  const [first] = channels as [FakeChannel];
  first.reply = silent;
  begin('DescribeNamespace');
  await pass(5_000);
  await pass(1_500);
  expect(channels).toHaveLength(2);
  channel.close();
  await pass(3_000);
  expect(channels.map(({ isClosed }) => isClosed)).not.toContain(false);
  expect([clock.pendingTimers, log.entries]).toEqual([0, []]);
});
