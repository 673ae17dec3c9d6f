/**
 * A proxy between workers in any language and Temporal: each call carries a token that its scope accepts, and what a worker would die of, or lose a
 * result by, is held here. It listens in plain text for this machine alone, and hands on nothing but Temporal's API, health checks and reflection.
 */
import { once } from 'node:events';
import {
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { inOwnContext, isLoopbackHost, sleep } from '@worker-auth/internal';
import { CallTokens } from '../../connection/call-tokens.ts';
import { messageOf as saidOf, translate } from '../../errors/translate.ts';
import { ClientCertificates } from '../../network/client-certificates.ts';
import { bareHost } from '../../settings/host.ts';
import { isRotating, type Settings } from '../../settings/settings.ts';
import type { TemporalTokens } from '../../tokens/temporal-tokens.ts';
import { TokenReplacement } from '../../tokens/token-replacement.ts';
import { Caller, type Memory } from './caller.ts';
import type { ProxyCore } from './core.ts';
import { type Answer, grpcStatus } from './exchange.ts';
import { HeldCall } from './held-call.ts';
import { HeldPolls } from './held-polls.ts';
import { type CallKind, kindOf, methodOf } from './methods.ts';
import { passThrough } from './passing.ts';
import { Results } from './results.ts';
import { Scopes } from './scopes.ts';
import { type PendingBounds, Tasks } from './tasks.ts';
import { Upstream } from './upstream.ts';
import { messageOf, queueOf, readEagerTasks, readTasks, taskTokenField, textOf } from './wire.ts';

export interface ProxyOptions {
  readonly settings: Settings;
  readonly tokens: TemporalTokens;
  readonly bounds: PendingBounds;
  /** See {@link ProxyCore.earlyOkMs}. */
  readonly earlyOkMs: number | undefined;
  /** The name that it listens at, beside those of this host; `undefined` for a socket, whose callers name any. */
  readonly host: string | undefined;
}

/** Bytes of all requests that are held. */
const maxHeldBytes = 268_435_456;

/** Calls that a worker may have open, and the fields of their headers. */
const limits = { maxConcurrentStreams: 10_000, maxHeaderListSize: 65_536 };

/** How much a worker may send ahead, in bytes. */
const windowBytes = 4_194_304;

export class TemporalProxy {
  readonly server: Http2Server;
  readonly #core: ProxyCore;
  readonly #results: Results;
  readonly #certificates: ClientCertificates | undefined;
  readonly #host: string | undefined;
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #memory: Memory = { usedBytes: 0, maxBytes: maxHeldBytes };
  readonly #ending = new AbortController();
  readonly #unsubscribe: () => void;

  constructor({ settings, tokens, bounds, earlyOkMs, host }: ProxyOptions) {
    const { clock, random, logger, conditions, network, place, tls } = settings;
    const { address } = place;
    const rotating = isRotating(tls) ? tls : undefined;
    this.#certificates = rotating && new ClientCertificates(rotating, settings);
    this.#host = host;
    const callTokens = new CallTokens(new TokenReplacement(tokens, clock));
    const scopes = new Scopes(callTokens, settings);
    const wake = scopes.wake.bind(scopes);
    this.#core = {
      ...{ address, clock, random, logger, conditions, scopes, earlyOkMs, tokens: callTokens },
      upstream: new Upstream({
        ...{ address, network, clock, certificates: this.#certificates, onConnected: wake },
        isTls: (tls ?? tokens.tlsEnabled ?? false) !== false,
        serverName: rotating?.serverNameOverride,
      }),
      tasks: new Tasks(clock, bounds),
      polls: new HeldPolls(),
      explain: (error, namespace) => {
        const target = { address, namespace, authEnabled: true };
        return saidOf(translate(error, { target, tokens: tokens.activeTokens }));
      },
    };
    this.#results = new Results(this.#core, this.#ending.signal);
    scopes.onWake = this.#results.wake.bind(this.#results);
    this.#unsubscribe = tokens.subscribe(wake);
    this.server = createServer({
      maxSessionMemory: 1_000,
      settings: { enablePush: false, initialWindowSize: windowBytes, ...limits },
    });
    this.server.on('session', (session) => {
      this.#sessions.add(session);
      session.setLocalWindowSize(4 * windowBytes);
      session.on('error', () => undefined);
      session.once('close', () => this.#sessions.delete(session));
    });
    this.server.on('stream', (stream, headers) => {
      inOwnContext(() => void this.#serve(stream, headers));
    });
  }

  /** Reads the client certificate, where there is one. */
  async ready(signal?: AbortSignal): Promise<void> {
    await this.#certificates?.ready(signal);
    this.#certificates?.start();
  }

  /** Why it is not ready, in sentences. */
  get troubles(): readonly string[] {
    const { upstream, scopes } = this.#core;
    const away = upstream.trouble === undefined ? [] : [`Temporal is not reached: ${upstream.trouble}`];
    return [...away, ...scopes.troubles];
  }

  /** For metrics. */
  get figures(): Readonly<
    Record<'pending' | 'pendingBytes' | 'heldPolls' | 'workers' | 'connections', number>
  > {
    const { tasks, polls, upstream } = this.#core;
    const { pending, pendingBytes } = tasks;
    return {
      ...{ pending, pendingBytes, heldPolls: polls.size },
      ...{ workers: this.#sessions.size, connections: upstream.size },
    };
  }

  /** Of results that workers were told are reported. */
  get ended(): Results['ended'] {
    return this.#results.ended;
  }

  /** Sends no more polls; waits for workers to be gone and their results to be delivered, for so long at most. Resolves to how many are abandoned. */
  async close(graceMs: number): Promise<number> {
    const { clock, polls, tasks, upstream } = this.#core;
    const endMs = clock.monotonicNow() + graceMs;
    polls.isClosing = true;
    const isLeft = (): boolean => this.#sessions.size > 0 || tasks.pending > 0;
    while (isLeft() && clock.monotonicNow() < endMs) await sleep(clock, 50);
    const abandoned = tasks.pending;
    this.#ending.abort();
    this.#unsubscribe();
    const closed = this.server.listening ? once(this.server, 'close') : undefined;
    this.server.close();
    for (const session of this.#sessions) session.destroy();
    upstream.close();
    await this.#certificates?.stop();
    await closed;
    return abandoned;
  }

  async #serve(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> {
    const path = headers[':path'] ?? '';
    const [kind, isKnown] = [kindOf(path), this.#isKnown(headers)];
    if (kind === 'stream' && isKnown) return passThrough(this.#core, stream, headers);
    const caller = new Caller(stream, headers, this.#core.clock, this.#memory);
    if (!isKnown) caller.end(grpcStatus.permissionDenied, 'The proxy is for programs of its own machine');
    else if (kind === undefined)
      caller.end(
        grpcStatus.unimplemented,
        `The proxy forwards no ${path}: only Temporal's API, health checks and reflection`,
      );
    if (caller.isOver() || kind === undefined) {
      stream.resume();
      return;
    }
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
      const message = messageOf(caller.body);
      const running = tasks.of(textOf(message, taskTokenField));
      if (kind === 'heartbeat') return this.#results.beat(caller, message, running);
      if (running !== undefined) return this.#results.report(caller, running);
    }
    const scope = scopes.of(caller.namespace, caller.path);
    if (scope === undefined) {
      caller.end(grpcStatus.resourceExhausted, 'The proxy knows too many namespaces and methods');
      return;
    }
    if (kind === 'shutdown') polls.shutDown(caller);
    const method = methodOf(caller.path);
    const taskQueue = method === 'PollActivityTaskQueue' ? queueOf(messageOf(caller.body)) : undefined;
    const onAnswer = (answer: Answer): void => {
      this.#handOut(answer, method, caller.namespace, taskQueue);
    };
    // A result of a task that somebody else handed out is answered truly.
    const held = new HeldCall(this.#core, caller, scope, kind === 'result' ? 'completion' : kind, onAnswer);
    await held.run(() => (kind === 'poll' ? this.#mayPoll(caller.namespace, taskQueue) : undefined));
  }

  /** `undefined` when it may now; else resolves when it may do so later. */
  #mayPoll(namespace: string, taskQueue: string | undefined): Promise<unknown> | undefined {
    const { polls, tasks } = this.#core;
    if (polls.isClosing) return new Promise(() => undefined);
    return taskQueue !== undefined && tasks.isFull(namespace, taskQueue) ? tasks.settled : undefined;
  }

  /** Notes the activities of an answer before a worker has them. */
  #handOut({ status, body }: Answer, method: string, namespace: string, taskQueue = ''): void {
    if (status !== grpcStatus.ok) return;
    const isPoll = method === 'PollActivityTaskQueue';
    if (!isPoll && method !== 'RespondWorkflowTaskCompleted') return;
    for (const task of isPoll ? readTasks(messageOf(body)) : readEagerTasks(messageOf(body)))
      this.#core.tasks.handOut(task, namespace, taskQueue);
  }

  /** A page in a browser of this host reaches loopback too, by a name of its own (DNS rebinding). */
  #isKnown({ ':authority': authority = '' }: IncomingHttpHeaders): boolean {
    if (this.#host === undefined) return true;
    const [, name = ''] = /^(\[[\da-f:.]+\]|[^:[\]]+)(?::\d+)?$/i.exec(authority) ?? [];
    return isLoopbackHost(bareHost(name)) || bareHost(name) === this.#host;
  }
}
