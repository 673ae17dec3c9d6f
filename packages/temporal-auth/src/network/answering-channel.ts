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
import type { namelessChannel } from './nameless-channel.ts';
import { Tries } from './tries.ts';

type Call = ReturnType<ChannelInterface['createCall']>;

/** A call that has no answer yet. */
interface PendingCall {
  readonly call: Call;
  readonly on: ChannelInterface;
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
  settings: Pick<Settings, 'clock' | 'logger'>,
): ConnectionOptions {
  const { channelArgs = {}, address } = options;
  const make: typeof namelessChannel =
    (channelArgs['channelFactoryOverride'] as typeof namelessChannel | undefined) ??
    ((...channel) => new Channel(...channel));
  const onReplaced = (): void => {
    const text =
      'Temporal did not answer on one connection and answers on a new one; calls of clients use that';
    settings.logger.warn(text, { address });
  };
  const channelFactoryOverride: typeof namelessChannel = (target, given, args) =>
    new AnsweringChannel((more) => make(target, given, { ...args, ...more }), settings.clock, onReplaced);
  return { ...options, channelArgs: { ...channelArgs, channelFactoryOverride } };
}

/**
 * A channel whose peer may be gone without a word: gRPC's keepalive finds that out after 45 s. When a call has no answer for 5 s, and Temporal
 * answers on another connection and not on this one, that takes its place. Calls on the one before end as UNAVAILABLE, which Temporal's client repeats.
 */
export class AnsweringChannel implements ChannelInterface {
  readonly #make: (more?: ChannelOptions) => ChannelInterface;
  readonly #clock: Clock;
  readonly #onReplaced: () => void;
  readonly #pending = new Set<PendingCall>();
  readonly #tries = new Tries();
  #current: ChannelInterface;
  #timer: Timer | undefined;
  #isClosed = false;

  constructor(make: (more?: ChannelOptions) => ChannelInterface, clock: Clock, onReplaced: () => void) {
    this.#make = make;
    this.#clock = clock;
    this.#onReplaced = onReplaced;
    this.#current = make();
  }

  createCall(...[method, ...rest]: Parameters<ChannelInterface['createCall']>): Call {
    const call = this.#current.createCall(method, ...rest);
    const isLong = longCalls.test(method);
    const pending = { call, isLong, on: this.#current, sentMs: this.#clock.monotonicNow() };
    const start = call.start.bind(call);
    call.start = (metadata, listener) => {
      this.#pending.add(pending);
      if (!isLong) this.#lookIn(silentMs);
      start(metadata, {
        onReceiveMetadata: (received) => {
          this.#pending.delete(pending);
          listener.onReceiveMetadata(received);
        },
        onReceiveMessage: (message) => {
          listener.onReceiveMessage(message);
        },
        onReceiveStatus: (ended) => {
          this.#pending.delete(pending);
          listener.onReceiveStatus(ended);
        },
      });
    };
    return call;
  }

  getTarget(): string {
    return this.#current.getTarget();
  }

  getConnectivityState(
    ...given: Parameters<ChannelInterface['getConnectivityState']>
  ): ReturnType<ChannelInterface['getConnectivityState']> {
    return this.#current.getConnectivityState(...given);
  }

  watchConnectivityState(...given: Parameters<ChannelInterface['watchConnectivityState']>): void {
    this.#current.watchConnectivityState(...given);
  }

  getChannelzRef(): ReturnType<ChannelInterface['getChannelzRef']> {
    return this.#current.getChannelzRef();
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#current.close();
  }

  #lookIn(delayMs: number): void {
    this.#timer ??= this.#clock.startTimer(() => void this.#look(), delayMs);
  }

  /** They are in the order in which they were sent. */
  async #look(): Promise<void> {
    const oldest = [...this.#pending].find(({ isLong }) => !isLong);
    const leftMs = oldest === undefined ? undefined : oldest.sentMs + silentMs - this.#clock.monotonicNow();
    if (leftMs !== undefined && leftMs <= 0 && this.#tries.take(this.#clock, 'silent'))
      await this.#tryAnother();
    this.#timer = undefined;
    if (leftMs !== undefined && !this.#isClosed) this.#lookIn(leftMs > 0 ? leftMs : silentMs);
  }

  async #tryAnother(): Promise<void> {
    const before = this.#current;
    if ((await this.#answerOf(before, comparedMs.here)) !== undefined) return;
    const next = this.#make(ownPool);
    const [here, there = status.UNAVAILABLE] = await Promise.all([
      this.#answerOf(before, comparedMs.here),
      this.#answerOf(next, comparedMs.there),
    ]);
    if (here !== undefined || there === status.UNAVAILABLE || this.#isClosed) {
      next.close();
      return;
    }
    this.#current = next;
    before.close();
    for (const { call, on: channel } of this.#pending)
      if (channel === before) call.cancelWithStatus(status.UNAVAILABLE, 'The connection did not answer');
    this.#onReplaced();
  }

  /** `undefined` when there is none. */
  #answerOf(channel: ChannelInterface, timeoutMs: number): Promise<status | undefined> {
    const options = { channelOverride: channel };
    const client = new Client(channel.getTarget(), credentials.createInsecure(), options);
    const { promise, resolve } = Promise.withResolvers<status | undefined>();
    const empty = (): Buffer => Buffer.alloc(0);
    const call = client.makeUnaryRequest(question, empty, empty, undefined, (error) => {
      timer.cancel();
      resolve(error?.code ?? status.OK);
    });
    const timer = this.#clock.startTimer(() => {
      resolve(undefined);
      call.cancel();
    }, timeoutMs);
    return promise;
  }
}
