import {
  Channel,
  type ChannelInterface,
  type ChannelOptions,
  Client,
  credentials,
  status,
} from '@grpc/grpc-js';
import type { ConnectionOptions } from '@temporalio/client';
import type { Clock, Timer } from '@worker-auth/internal';
import type { Settings } from '../settings/settings.ts';
import { delegatingChannel, type namelessChannel } from './nameless-channel.ts';
import { Tries } from './tries.ts';

type Call = ReturnType<ChannelInterface['createCall']>;

/** A call that has no answer yet. */
interface PendingCall {
  readonly call: Call;
  readonly channel: ChannelInterface;
  readonly sentMs: number;
  /** It may take its time, as a long poll does. */
  readonly isLong: boolean;
}

/** Without an answer for so long a call is silent, in ms. */
const silentMs = 5_000;

/** How long the answers of this connection, and of a new one, which is opened first, are waited for, in ms. */
const comparedMs = { here: 1_500, there: 3_000 };

/** They wait for something that happens to a workflow. */
const longCalls =
  /\/(?:Poll\w+|QueryWorkflow|UpdateWorkflowExecution|ExecuteMultiOperation|GetWorkflowExecutionHistory)$/;

/** Needs no permission; what the answer says does not matter. */
const question = '/temporal.api.workflowservice.v1.WorkflowService/GetSystemInfo';

/** Its subchannel is the one that is silent, where it is not its own. */
const ownPool: ChannelOptions = { 'grpc.use_local_subchannel_pool': 1 };

/** Options whose gRPC channel replaces a connection that does not answer. */
export function withAnsweringChannel(
  options: ConnectionOptions,
  { clock, logger }: Pick<Settings, 'clock' | 'logger'>,
): ConnectionOptions {
  const { channelArgs = {}, address } = options;
  const make: typeof namelessChannel =
    (channelArgs['channelFactoryOverride'] as typeof namelessChannel | undefined) ??
    ((...channel) => new Channel(...channel));
  const onReplaced = (): void => {
    const text =
      'Temporal did not answer on one connection and answers on a new one; calls of clients use that';
    logger.warn(text, { address });
  };
  const channelFactoryOverride: typeof namelessChannel = (target, given, args) =>
    answeringChannel((more) => make(target, given, { ...args, ...more }), clock, onReplaced);
  return { ...options, channelArgs: { ...channelArgs, channelFactoryOverride } };
}

/**
 * A channel whose peer may be gone without a word: gRPC's keepalive finds that out after 45 s. When a call has no answer for 5 s, and Temporal
 * answers on another connection and not on this one, that takes its place. Calls on the one before end as UNAVAILABLE, which Temporal's client repeats.
 */
function answeringChannel(
  make: (more?: ChannelOptions) => ChannelInterface,
  clock: Clock,
  onReplaced: () => void,
): ChannelInterface {
  const pending = new Set<PendingCall>();
  const tries = new Tries();
  let current = make();
  let timer: Timer | undefined;
  let isClosed = false;

  const lookIn = (delayMs: number): void => {
    timer ??= clock.startTimer(() => void look(), delayMs);
  };

  /** They are in the order in which they were sent. */
  const look = async (): Promise<void> => {
    const oldest = [...pending].find(({ isLong }) => !isLong);
    const leftMs = oldest === undefined ? undefined : oldest.sentMs + silentMs - clock.monotonicNow();
    if (leftMs !== undefined && leftMs <= 0 && tries.take(clock)) await tryAnother();
    timer = undefined;
    if (leftMs !== undefined && !isClosed) lookIn(leftMs > 0 ? leftMs : silentMs);
  };

  const tryAnother = async (): Promise<void> => {
    const before = current;
    if ((await answerOf(before, clock, comparedMs.here)) !== undefined) return;
    const next = make(ownPool);
    const [here, there = status.UNAVAILABLE] = await Promise.all([
      answerOf(before, clock, comparedMs.here),
      answerOf(next, clock, comparedMs.there),
    ]);
    if (here !== undefined || there === status.UNAVAILABLE || isClosed) {
      next.close();
      return;
    }
    current = next;
    before.close();
    for (const { call, channel } of pending)
      if (channel === before) call.cancelWithStatus(status.UNAVAILABLE, 'The connection did not answer');
    onReplaced();
  };

  return {
    ...delegatingChannel(() => current),
    createCall(method, ...rest) {
      const call = current.createCall(method, ...rest);
      const isLong = longCalls.test(method);
      const sent = { call, isLong, channel: current, sentMs: clock.monotonicNow() };
      const start = call.start.bind(call);
      call.start = (metadata, listener) => {
        pending.add(sent);
        if (!isLong) lookIn(silentMs);
        start(metadata, {
          onReceiveMetadata: (received) => {
            pending.delete(sent);
            listener.onReceiveMetadata(received);
          },
          onReceiveMessage: (message) => {
            listener.onReceiveMessage(message);
          },
          onReceiveStatus: (ended) => {
            pending.delete(sent);
            listener.onReceiveStatus(ended);
          },
        });
      };
      return call;
    },
    close() {
      isClosed = true;
      timer?.cancel();
      current.close();
    },
  };
}

/** `undefined` when there is none. */
function answerOf(channel: ChannelInterface, clock: Clock, timeoutMs: number): Promise<status | undefined> {
  const options = { channelOverride: channel };
  const client = new Client(channel.getTarget(), credentials.createInsecure(), options);
  const { promise, resolve } = Promise.withResolvers<status | undefined>();
  const empty = (): Buffer => Buffer.alloc(0);
  const call = client.makeUnaryRequest(question, empty, empty, undefined, (error) => {
    timer.cancel();
    resolve(error?.code ?? status.OK);
  });
  const timer = clock.startTimer(() => {
    resolve(undefined);
    call.cancel();
  }, timeoutMs);
  return promise;
}
