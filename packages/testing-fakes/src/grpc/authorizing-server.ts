import type { Clock } from '@worker-auth/ports';
import { constants } from 'node:http2';
import { Gate } from '../server/gate.ts';
import { pause } from '../server/pause.ts';
import { CallLog, type RecordedRpc } from './call-log.ts';
import { clientNameOf, Http2Listener, type Http2ListenerOptions } from './http2-listener.ts';
import { checkMethod, isForMethod, type MethodPattern } from './method-pattern.ts';
import type { ResponseDue, Rpc } from './rpc.ts';
import { outcomeOf, type RpcFault, type RpcFaultName, sendRpcFault } from './rpc-fault.ts';
import {
  injectRpcFault,
  type RpcFaultChoice,
  type RpcFaultPlan,
  rpcFaultPlan,
  type RpcFaultTarget,
  rpcScope,
  type RpcScriptStep,
} from './rpc-rules.ts';
import { bearerToken, type SeenToken, SeenTokens, withClaims } from './seen-tokens.ts';
import { type Decision, endWithStatus } from './responses.ts';

/** What an {@link AuthorizingServer} does with the RPCs that no fault has met. */
export interface AuthorizingServerSettings<Reason> extends Http2ListenerOptions {
  /** Decides about an RPC by its bearer token. */
  readonly authorize: (rpc: Rpc) => Decision<Reason> | Promise<Decision<Reason>>;
  /** Answers an RPC that may pass, as soon as the response is due. What it throws or rejects with resets the stream. */
  readonly handle: (rpc: Rpc, responseDue: ResponseDue) => void | Promise<void>;
  /** Gives the time by which faults end, and take their time when it is a `FakeClock`. */
  readonly clock: Pick<Clock, 'wallNow'>;
}

/**
 * A gRPC server on 127.0.0.1 that authorizes each RPC when it starts, and never again while it lasts; records it; and misbehaves on
 * demand. What answers an accepted RPC is its subclass's.
 */
export class AuthorizingServer<Reason extends string> implements AsyncDisposable {
  readonly #settings: AuthorizingServerSettings<Reason>;
  readonly #listener: Http2Listener;
  readonly #plan: RpcFaultPlan;
  readonly #gate = new Gate<string>();
  readonly #tokens = new SeenTokens();
  readonly #log = new CallLog<Reason>();

  protected constructor(settings: AuthorizingServerSettings<Reason>) {
    this.#settings = settings;
    this.#plan = rpcFaultPlan(() => settings.clock.wallNow());
    const onRpc = (rpc: Rpc): Promise<void> =>
      this.#serve(rpc).catch(() => {
        rpc.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
      });
    const onConnection = (): void => {
      this.#log.changed();
    };
    this.#listener = new Http2Listener({ onRpc, onConnection }, settings);
  }

  /** Where it listens, as `host:port`. */
  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  get port(): number {
    return this.#listener.port;
  }

  /** The authority to trust (PEM), with `tls: true`. */
  get caCertificate(): string | undefined {
    return this.#listener.caCertificate;
  }

  /** How many connections are open now. */
  get openConnections(): number {
    return this.#listener.openConnections;
  }

  /** How many connections were ever made. */
  get connectionsSeen(): number {
    return this.#listener.connectionsSeen;
  }

  /** The RPCs so far, in the order of the verdicts; of very many, the last 10,000 or more. */
  get calls(): readonly RecordedRpc<Reason>[] {
    return this.#log.requests;
  }

  /**
   * The tokens of the RPCs of these methods (default all), in order, each as its {@link tokenFingerprint}; `undefined` for an RPC
   * without one.
   */
  tokensOf(method?: MethodPattern): readonly (string | undefined)[] {
    checkMethod(method);
    return this.calls.filter(({ path }) => isForMethod(method, path)).map(({ token }) => token?.fingerprint);
  }

  /** How many RPCs were handed on to what answers them, by the method's short name. */
  get passed(): ReadonlyMap<string, number> {
    return this.#log.counts.passed;
  }

  /** How many RPCs were rejected, by the method's short name. */
  get rejected(): ReadonlyMap<string, number> {
    return this.#log.counts.rejected;
  }

  /** All RPCs so far. */
  get totals(): { readonly passed: number; readonly rejected: number } {
    return { passed: sum(this.passed), rejected: sum(this.rejected) };
  }

  /** Calls `listener` for each RPC, as soon as its verdict is known. Returns the function that ends this. */
  subscribe(listener: (call: RecordedRpc<Reason>) => void): () => void {
    return this.#log.subscribe(listener);
  }

  /** The next RPC of these methods (default any) that gets its verdict after this call. */
  nextCall(method?: MethodPattern): Promise<RecordedRpc<Reason>> {
    checkMethod(method);
    return this.#log.nextOf(method);
  }

  /** Resolves as soon as `condition` holds; it is looked at now, when an RPC comes and when it is answered, and whenever a connection comes or goes. */
  until(condition: () => boolean): Promise<void> {
    return this.#log.until(condition);
  }

  /**
   * RPCs meet `fault` in place of their proper response, whatever their token: the next one, unless the target says otherwise. Each call
   * queues behind the earlier ones.
   *
   * @throws RangeError when a number of the target makes no sense
   * @throws TypeError for a fault, an option or a method that there is not, and when the fault wants two responses at once
   */
  injectFault(fault: RpcFault | RpcFaultName, target?: RpcFaultTarget): void {
    injectRpcFault(this.#plan, fault, target);
  }

  /** The next RPCs of these methods (default all) get these responses, in order; one that comes after the last of them fails. */
  script(steps: readonly RpcScriptStep[], method?: MethodPattern): void {
    this.#plan.script(steps, rpcScope(method));
  }

  /** Every RPC of these methods (default all) meets `fault` until {@link AuthorizingServer.recover}. RPCs that have begun go on. */
  failWith(fault: RpcFaultChoice, method?: MethodPattern): void {
    this.#plan.failWith(fault, rpcScope(method));
  }

  /** Ends all faults: tokens decide again. */
  recover(): void {
    this.#plan.recover();
  }

  /** @throws AssertionError when injected faults were not met, or when RPCs came for which the script had no response */
  assertDone(): void {
    this.#plan.assertDone();
  }

  /** RPCs of these methods (default all) get their verdict, but no response until the returned function is called. */
  hold(method?: MethodPattern): () => void {
    checkMethod(method);
    return this.#gate.hold((path) => isForMethod(method, path));
  }

  /** Cuts the connections of all clients, with whatever is under way on them. New ones are accepted at once. */
  dropConnections(): void {
    this.#listener.dropConnections();
  }

  /** Cuts all connections and listens no longer. What was counted stays. Nothing happens when it is not running. */
  async stop(): Promise<void> {
    this.#gate.open();
    await this.#listener.stop();
  }

  /** Listens on the same port again, with all that it knows, after a {@link AuthorizingServer.stop} or instead of one. */
  async restart(): Promise<void> {
    await this.stop();
    await this.#listener.listen();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #serve(rpc: Rpc): Promise<void> {
    const { method, path } = rpc;
    const { clock, authorize, handle } = this.#settings;
    const token = this.#tokens.see(bearerToken(rpc.headers.authorization));
    const named = { namespace: await rpc.namespace(), task: await rpc.task() };
    const fault = this.#plan.next({ method, path, token, ...named }, method) ?? {};
    const outcome = outcomeOf(fault);
    const asFault = { verdict: 'rejected', reason: 'fault', namespace: undefined } as const;
    if (outcome.kind !== 'pass') this.#record(rpc, token, asFault);
    const { delayMs, responseDelayMs, connection } = fault;
    if (delayMs !== undefined && !(await pause(rpc.stream, delayMs, clock))) return;
    if (connection === 'goaway') rpc.stream.session?.close();
    if (outcome.kind !== 'pass') {
      await this.#gate.pass(path);
      if (!rpc.isOver()) sendRpcFault(rpc, outcome);
      return;
    }

    const { denial, claims, namespace } = await authorize(rpc);
    // A caller that left while its token was looked at, or a server that was stopped meanwhile, gets no verdict.
    if (rpc.isOver()) return;
    const verdict = denial === undefined ? 'passed' : 'rejected';
    this.#record(rpc, withClaims(token, claims), { verdict, reason: denial?.reason, namespace });
    await this.#gate.pass(path);
    if (rpc.isOver()) return;
    const due = () => responseDelayMs && pause(rpc.stream, responseDelayMs, clock);
    if (denial === undefined) await handle(rpc, due);
    else endWithStatus(rpc.stream, denial, denial.headers);
    this.#log.changed();
  }

  #record(
    { method, path, metadata, stream }: Rpc,
    token: SeenToken | undefined,
    what: Pick<RecordedRpc<Reason>, 'verdict' | 'reason' | 'namespace'>,
  ): void {
    this.#log.add({ method, path, metadata, token, clientName: clientNameOf(stream), ...what });
  }
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((total, count) => total + count, 0);
}
