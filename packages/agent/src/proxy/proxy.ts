/**
 * A proxy between workers in any language and Temporal: each call carries a token that its scope accepts, and what a worker would die of, or lose a
 * result by, is held here. It hands on nothing but Temporal's API, health checks and reflection.
 */
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { sleep } from '@worker-auth/internal';
import { CallTokens } from '@worker-auth/calls/tokens/call-tokens';
import { plaintextWarning, type TemporalTls, tlsOf } from '@worker-auth/calls/connections/temporal-tls';
import { messageOf as saidOf, translate } from '@worker-auth/calls/errors/translate';
import { ClientCertificates } from '@worker-auth/calls/network/client-certificates';
import { isRotating, type Settings } from '@worker-auth/calls/settings/settings';
import type { TemporalTokens } from '@worker-auth/calls/tokens/temporal-tokens';
import { TokenReplacement } from '@worker-auth/calls/tokens/token-replacement';
import { Caller } from './caller.ts';
import type { ProxyCore } from './core.ts';
import { Door, type DoorOptions } from './door.ts';
import { grpcStatus } from './exchange.ts';
import { dropOwnFields, sizeOf } from './fields.ts';
import { HeldCall } from './held-call.ts';
import { HeldPolls } from './held-polls.ts';
import { type CallKind, kindOf, methodOf, type Trouble } from './methods.ts';
import { passThrough } from './passing.ts';
import { endUnread } from './reply.ts';
import type { PollQueue } from './request.ts';
import { isItsResult, Results } from './results.ts';
import { Scopes, tooMany } from './scopes.ts';
import { Pool } from './shares.ts';
import { type PendingBounds, Tasks } from './tasks.ts';
import { Upstream } from './upstream.ts';

export interface ProxyOptions extends DoorOptions {
  readonly settings: Settings;
  readonly tokens: TemporalTokens;
  readonly bounds: PendingBounds;
  /** See {@link ProxyCore.earlyOkMs}. */
  readonly earlyOkMs: number | undefined;
}

/** Bytes of all requests that are held, of their headers, and of answers that their callers have not read. */
const maxHeldBytes = 134_217_728;

export class TemporalProxy {
  readonly door: Door;
  readonly #core: ProxyCore;
  readonly #results: Results;
  readonly #certificates: ClientCertificates | undefined;
  readonly #memory = new Pool(maxHeldBytes);
  readonly #ending = new AbortController();
  readonly #unsubscribe: () => void;

  constructor({ settings, tokens, bounds, earlyOkMs, ...door }: ProxyOptions) {
    const { clock, random, logger, conditions, network, place, tls } = settings;
    const { address } = place;
    const certificates = isRotating(tls) ? new ClientCertificates(tls, settings) : undefined;
    this.#certificates = certificates;
    const callTokens = new CallTokens(new TokenReplacement(tokens, clock));
    const scopes = new Scopes(callTokens, { address, clock, random, conditions, logger });
    const wake = scopes.wake.bind(scopes);
    const checkPlaintext = plaintextWarning(logger);
    this.#core = {
      address,
      clock,
      random,
      logger,
      conditions,
      scopes,
      earlyOkMs,
      tokens: callTokens,
      upstream: new Upstream({
        address,
        network,
        clock,
        logger,
        certificates,
        onConnected: wake,
        tls: () => {
          const decided: TemporalTls = certificates?.tls(certificates.newest) ?? tlsOf({ settings, tokens });
          checkPlaintext({ address, tls: decided });
          return decided;
        },
      }),
      tasks: new Tasks(clock, bounds),
      polls: new HeldPolls(clock),
      explain: (error, namespace) => {
        const target = { address, namespace, authEnabled: true };
        return saidOf(translate(error, { target, tokens: tokens.activeTokens }));
      },
    };
    this.#results = new Results(this.#core, this.#ending.signal);
    scopes.onForgotten = this.#core.upstream.forget.bind(this.#core.upstream);
    scopes.onWake = this.#results.wake.bind(this.#results);
    this.#unsubscribe = tokens.subscribe(wake);
    const serve = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void =>
      void this.#serve(stream, headers);
    this.door = new Door(door, settings, serve, scopes.closed.bind(scopes));
  }

  /** Reads the certificates that there are. */
  async ready(signal?: AbortSignal): Promise<void> {
    await this.door.ready(signal);
    await this.#certificates?.ready(signal);
    this.#certificates?.start();
  }

  /** Why it is not ready. */
  get troubles(): readonly Trouble[] {
    const { upstream, scopes } = this.#core;
    const away: Trouble = { part: 'upstream', text: `Temporal is not reached: ${upstream.trouble}` };
    return [
      upstream.trouble === undefined ? undefined : away,
      ...scopes.troubles,
      this.#results.trouble,
    ].filter((trouble) => trouble !== undefined);
  }

  /** For metrics. */
  get figures(): Readonly<
    Record<'pending' | 'pendingBytes' | 'heldPolls' | 'workers' | 'connections', number>
  > {
    const { tasks, polls, upstream } = this.#core;
    const { pending, pendingBytes } = tasks;
    return {
      pending,
      pendingBytes,
      heldPolls: polls.size,
      workers: this.door.size,
      connections: upstream.size,
    };
  }

  /** What became of results that were answered early. */
  get ended(): Results['ended'] {
    return this.#results.ended;
  }

  /** Goes on until workers are gone and their results are delivered, for so long at most. Resolves to how many are abandoned. */
  async close(graceMs: number): Promise<number> {
    const { clock, polls, tasks, upstream } = this.#core;
    const endMs = clock.monotonicNow() + graceMs;
    const isLeft = (): boolean => this.door.size > 0 || tasks.pending > 0;
    while (isLeft() && clock.monotonicNow() < endMs) await sleep(clock, 50);
    polls.isClosing = true;
    const abandoned = tasks.pending;
    this.#ending.abort();
    this.#unsubscribe();
    upstream.close();
    await this.door.close();
    await this.#certificates?.stop();
    return abandoned;
  }

  async #serve(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> {
    const { clock } = this.#core;
    const path = headers[':path'] ?? '';
    const bytes = sizeOf(headers);
    const [kind, rejection] = [kindOf(path), this.door.rejection(headers, bytes)];
    if (rejection !== undefined || kind === undefined) {
      const text = `The proxy forwards no ${path}: only Temporal's API, health checks and reflection`;
      endUnread(stream, clock, ...(rejection ?? ([grpcStatus.unimplemented, text] as const)));
      return;
    }
    dropOwnFields(headers);
    const memory = this.#memory.of(stream.session ?? stream);
    if (!memory.take(bytes)) {
      const full = 'Too many calls of the connection, or in all, are held';
      endUnread(stream, clock, grpcStatus.resourceExhausted, full);
      return;
    }
    stream.once('close', memory.give.bind(memory, bytes));
    if (kind === 'stream') return passThrough(this.#core, stream, headers, memory);
    const caller = new Caller(stream, headers, clock, memory);
    try {
      if (await caller.read()) await this.#answer(caller, kind);
    } catch (error) {
      this.#core.logger.error('The proxy failed', { method: methodOf(path), reason: String(error) });
      caller.end(grpcStatus.unavailable, 'The proxy failed');
    } finally {
      caller.release();
    }
  }

  async #answer(caller: Caller, kind: CallKind): Promise<void> {
    const { scopes, tasks, polls } = this.#core;
    if (kind === 'result' || kind === 'heartbeat') {
      const { taskToken } = caller.names;
      if (taskToken === '') {
        caller.end(
          grpcStatus.invalidArgument,
          'The request needs one task token, and fields that can be read',
        );
        return;
      }
      if (taskToken !== undefined) {
        const running = tasks.of(taskToken, caller.namespace);
        if (kind === 'heartbeat')
          return this.#results.beat(caller, running?.report === undefined ? running : undefined);
        if (running !== undefined && isItsResult(running, caller))
          return this.#results.report(caller, running);
      }
    }
    const scope = scopes.enter(caller.namespace, caller.path, caller.connection);
    if (scope === undefined) {
      caller.end(grpcStatus.resourceExhausted, tooMany);
      return;
    }
    if (kind === 'shutdown') polls.shutDown(caller);
    // A result of a task that somebody else handed out, or that cannot be told, is answered truly, and so is another result than the first.
    const isReport = kind === 'result' || kind === 'heartbeat';
    const held = new HeldCall(this.#core, caller, scope, isReport ? 'completion' : kind);
    try {
      await held.run(() => (kind === 'poll' ? this.#mayPoll(caller.names.queue) : undefined));
    } finally {
      scopes.leave(scope);
    }
  }

  /** `undefined` when it may now; else resolves when it may do so later. */
  #mayPoll(queue: PollQueue | undefined): Promise<unknown> | undefined {
    const { polls, tasks } = this.#core;
    if (polls.isClosing) return new Promise(() => undefined);
    return queue?.isOfActivities === true && tasks.isFull(queue) ? tasks.settled : undefined;
  }
}
