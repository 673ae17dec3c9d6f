import { authorizerChecks } from '../authorization/authorizer-options.ts';
import { callback, type Checks, checkGiven, either, flag, texts, withMethods } from '../given/check-given.ts';
import { endWithMessage, endWithStatus } from '../grpc/responses.ts';
import { AuthorizingServer } from '../grpc/authorizing-server.ts';
import { type Http2ListenerOptions, streamCount } from '../grpc/http2-listener.ts';
import type { ResponseDue, Rpc } from '../grpc/rpc.ts';
import { loopbackChecks } from '../server/loopback-server.ts';
import { hostClock } from '../server/host-clock.ts';
import {
  type FrontendAuthorizerOptions,
  type FrontendDenialReason,
  frontendAuthorizer,
} from './frontend-authorizer.ts';
import type { FrontendClock } from './task-queue.ts';
import { FrontendService } from './frontend-service.ts';
import { loadProtos, type Protos } from './protos.ts';
import { RpcError, unimplemented } from './rpc-error.ts';

/** Settings of {@link FakeTemporalFrontend.start}. */
export interface FakeTemporalFrontendOptions extends Http2ListenerOptions, FrontendAuthorizerOptions {
  /** The namespaces that there are. Default `default` alone. */
  readonly namespaces?: readonly string[] | undefined;
  /**
   * Time as the frontend has it: when tokens expire, activities time out and are tried again, and polls end empty. Default the host's.
   */
  readonly clock?: FrontendClock | undefined;
}

const optionChecks: Checks<FakeTemporalFrontendOptions> = {
  ...loopbackChecks,
  ...authorizerChecks,
  requireClientCertificate: flag,
  maxConcurrentStreams: streamCount,
  acceptToken: either(Array.isArray, texts, callback),
  namespaces: texts,
  clock: withMethods('wallNow', 'startTimer'),
};

const workflowService = '/temporal.api.workflowservice.v1.WorkflowService/';
const healthCheck = '/grpc.health.v1.Health/Check';

/** `grpc.health.v1.HealthCheckResponse` with the status SERVING. */
const serving = Uint8Array.of(0x08, 0x01);

/**
 * A Temporal server in memory, as far as real workers and clients of the SDK need it: they connect, poll and complete, with nothing
 * else running. Each call needs a good token, and meets the faults of {@link AuthorizingServer}.
 *
 * Needs `@temporalio/proto`, an optional peer.
 */
export class FakeTemporalFrontend extends AuthorizingServer<FrontendDenialReason> {
  readonly #service: FrontendService;

  /**
   * Starts a frontend on 127.0.0.1; end it with {@link FakeTemporalFrontend.stop} or `await using`.
   *
   * @throws Error when `@temporalio/proto` is not installed
   * @throws TypeError for an option that there is not (with the nearest name), when `jwks` is a text that is not a URL, or given together with `acceptToken`
   */
  static async start(options: FakeTemporalFrontendOptions = {}): Promise<FakeTemporalFrontend> {
    checkGiven('FakeTemporalFrontend.start', options, optionChecks);
    const frontend = new FakeTemporalFrontend(options, await loadProtos());
    await frontend.restart();
    return frontend;
  }

  private constructor(options: FakeTemporalFrontendOptions, protos: Protos) {
    const { clock = hostClock, namespaces = ['default'] } = options;
    const service = new FrontendService(protos, namespaces, clock);
    super({
      port: options.port,
      tls: options.tls,
      requireClientCertificate: options.requireClientCertificate,
      maxConcurrentStreams: options.maxConcurrentStreams,
      clock,
      authorize: frontendAuthorizer(options, clock),
      handle: (rpc, responseDue) => answer(rpc, service, protos, responseDue),
    });
    this.#service = service;
  }

  /**
   * Resolves when the workers have done all that can be done now: no workflow task and no activity is open, and only time or a client
   * can bring about more (another attempt, another workflow). The moment to move a `FakeClock` on.
   */
  idle(): Promise<void> {
    return this.until(() => !this.#service.isBusy);
  }
}

async function answer(
  rpc: Rpc,
  service: FrontendService,
  protos: Protos,
  responseDue: ResponseDue,
): Promise<void> {
  const left = new AbortController();
  rpc.stream.once('close', () => {
    left.abort();
  });
  const signal = AbortSignal.any([left.signal, rpc.signal]);
  try {
    const response = await respond(rpc, service, signal);
    await responseDue();
    if (!rpc.isOver()) endWithMessage(rpc.stream, response);
  } catch (error) {
    await responseDue();
    if (rpc.isOver()) return;
    const known = error instanceof RpcError ? error : new RpcError('INTERNAL', String(error));
    const { detail } = known;
    const fields =
      detail === undefined ? {} : { 'grpc-status-details-bin': protos.encodeStatus(known, detail) };
    endWithStatus(rpc.stream, known, fields);
  }
}

async function respond(rpc: Rpc, service: FrontendService, signal: AbortSignal): Promise<Uint8Array> {
  const message = await rpc.message();
  if (rpc.path === healthCheck) return serving;
  if (!rpc.path.startsWith(workflowService)) throw unimplemented(rpc.path.slice(1));
  return await service.call(rpc.method, message, signal);
}
