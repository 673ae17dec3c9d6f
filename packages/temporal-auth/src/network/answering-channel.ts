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
import type { Settings } from '@worker-auth/calls/settings/settings';
import { delegatingChannel, type namelessChannel } from './nameless-channel.ts';
import {
  comparedMs,
  ConnectionJudge,
  extraMs,
  gainOf,
  isIll,
  openMs,
  silentMs,
  type Verdict,
} from '@worker-auth/calls/connections/connection-judge';

type Call = ReturnType<ChannelInterface['createCall']>;

/** A call that has no answer yet. */
interface PendingCall {
  readonly call: Call;
  readonly channel: ChannelInterface;
  readonly sentMs: number;
  bytes: number;
  /** It may take its time, as a long poll does. */
  readonly isLong: boolean;
}

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
  const judge = new ConnectionJudge(clock);
  let current = make();
  let timer: Timer | undefined;
  let isClosed = false;

  const lookIn = (delayMs: number): void => {
    timer ??= clock.startTimer(() => void look(), delayMs);
  };

  const dueMs = ({ sentMs, bytes }: PendingCall): number => sentMs + silentMs + extraMs(bytes);

  const look = async (): Promise<void> => {
    const due = [...pending].filter(({ isLong }) => !isLong).map(dueMs);
    const leftMs = Math.max(Math.min(...due) - clock.monotonicNow(), judge.silentInMs);
    if (leftMs <= 0 && judge.mayTry()) await tryAnother();
    timer = undefined;
    if (due.length > 0 && !isClosed) lookIn(leftMs > 0 ? leftMs : silentMs);
  };

  const ask = async (channel: ChannelInterface, timeoutMs = comparedMs): Promise<Verdict> => {
    const code = await answerOf(channel, clock, timeoutMs);
    if (code === undefined) return judge.unanswered;
    return code === status.UNAVAILABLE ? 'unreachable' : 'good';
  };

  const tryAnother = async (): Promise<void> => {
    const before = current;
    if (!isIll(await ask(before))) return;
    const next = make(ownPool);
    // It is opened by its first call.
    const gain = gainOf([await Promise.all([ask(before), ask(next, openMs)])]);
    if (gain === undefined || isClosed) {
      next.close();
      return;
    }
    current = next;
    judge.replaced();
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
      const sent = { call, isLong, channel: current, sentMs: clock.monotonicNow(), bytes: 0 };
      const answered = (): void => {
        pending.delete(sent);
        judge.ended(sent);
      };
      const send = call.sendMessageWithContext.bind(call);
      call.sendMessageWithContext = (context, message) => {
        judge.sent(sent, (sent.bytes += message.length));
        send(context, message);
      };
      const start = call.start.bind(call);
      call.start = (metadata, listener) => {
        pending.add(sent);
        if (!isLong) lookIn(silentMs);
        start(metadata, {
          onReceiveMetadata: (received) => {
            judge.heard();
            answered();
            listener.onReceiveMetadata(received);
          },
          onReceiveMessage: (message) => {
            listener.onReceiveMessage(message);
          },
          onReceiveStatus: (ended) => {
            answered();
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
