import { CompleteAsyncError, type DataConverter } from '@temporalio/common';
import { type ActivityInterceptorsFactory, Runtime, type Worker } from '@temporalio/worker';
import { FakeClock, RecordingLogger } from '@worker-auth/testing-fakes';
import { vi } from 'vitest';
import { Conditions } from '@worker-auth/calls/conditions/conditions';
import { ResultReporter } from '../../src/delivery/result-reporter.ts';
import type { WorkflowService } from '../../src/delivery/result-request.ts';
import { ResultSender } from '@worker-auth/calls/delivery/result-sender';
import type { DeliveryPlace } from '@worker-auth/calls/delivery/task-calls';
import { FakeHeartbeats, taskTokens } from './fake-heartbeats.ts';
import { grpcError } from '@worker-auth/calls/tests/grpc-error';
import { RecordedEvents } from '@worker-auth/calls/tests/recorded-events';
import { rejection } from './scene.ts';

type Context = Parameters<ActivityInterceptorsFactory>[0];

/** What Temporal says to a call: nothing, an error, or nothing at all. */
export type Answer = 'accepted' | 'hangs' | Error | Promise<object>;

interface ReportedOptions extends ReportSceneOptions {
  readonly activity?: (context: Context) => unknown;
  readonly nextToken?: string;
}

interface Call {
  readonly method: string;
  readonly request: Record<string, unknown>;
  /** The token that the connection carried. */
  readonly token: string;
  /** When it came, by the clock. */
  readonly atMs: number;
}

/** What is beside the ordinary in a scene. */
export interface ReportSceneOptions {
  readonly info?: Partial<Record<keyof Context['info'], unknown>>;
  readonly context?: Partial<Context>;
  readonly worker?: Partial<Worker['options']> & { readonly dataConverter?: DataConverter };
  readonly random?: () => number;
  readonly runtime?: () => Runtime;
  readonly metricsExporter?: object;
}

/** Of a worker, as compiled by the SDK from `maxConcurrentActivityTaskExecutions`. */
export function fixedSlots(numSlots: number): never {
  return { activityTaskSlotSupplier: { type: 'fixed-size', numSlots } } as never;
}

/** A worker without anything native whose results are reported, and a Temporal that answers as the test says. */
export class ReportScene {
  readonly clock = new FakeClock();
  readonly log = new RecordingLogger();
  readonly activityLog = new RecordingLogger();
  readonly events = new RecordedEvents();
  readonly conditions = new Conditions(this.clock, this.log);
  readonly calls: Call[] = [];
  readonly metrics: { readonly name: string; readonly value: number; readonly labels: object }[] = [];
  /** What each metric was made with. */
  readonly described: (readonly string[])[] = [];
  /** The tokens that Temporal was said to accept, in order. */
  readonly accepted: string[] = [];
  /** The namespaces that calls were accepted in, in order. */
  readonly acceptedIn: string[] = [];
  /** The details of each heartbeat that went through the worker. */
  readonly heartbeats: unknown[] = [];
  readonly ending = new AbortController();
  readonly sender: ResultSender<WorkflowService>;
  readonly reporter: ResultReporter;
  /** What comes next; after that, everything is accepted. */
  answers: Answer[] = [];
  /** The methods that are rejected, whatever comes next. */
  rejectedMethods: readonly string[] = [];
  /** Called with each call. */
  onCall: () => unknown = () => undefined;
  /** Says whether another connection has taken the place of one that does not answer. */
  onSilent: () => Promise<boolean> = () => Promise.resolve(false);
  /** What a failed call means. */
  explain: (error: unknown) => string = (error) => (error as Error).message;
  /** Whether results lack a permission. */
  isDenied = false;
  /** Whether the connection itself never says anything. */
  isDeaf = false;
  /** Puts another connection in the place of this one. */
  replaceConnection: () => void = () => undefined;
  token = 'first';
  /** What comes in place of a rejected token, as soon as it is asked for; nothing else does without. */
  nextToken: string | undefined;
  readonly #options: ReportSceneOptions;
  readonly #sdk: FakeHeartbeats;

  constructor(options: ReportSceneOptions = {}) {
    this.#options = options;
    this.#sdk = new FakeHeartbeats(options.worker?.dataConverter);
    const { clock, log, events, conditions } = this;
    const worker = {
      ...{ namespace: 'ours', taskQueue: 'extraction', identity: 'me', activities: new Map() },
      ...{ buildId: 'v7', useVersioning: false, tuner: fixedSlots(1_000) },
      ...options.worker,
    };
    const place = {
      options: { clock, logger: log, conditions, events, random: options.random ?? (() => 0.5) },
      ...{ token: this.#held(), address: 'temporal:7233', ending: this.ending.signal },
      explain: (error: unknown) => this.explain(error),
      accepted: (namespace: string) => this.acceptedIn.push(namespace),
      silent: () => this.onSilent(),
    };
    vi.spyOn(Runtime, 'instance').mockImplementation(options.runtime ?? (() => this.#runtime()));
    this.sender = new ResultSender(place as unknown as DeliveryPlace<WorkflowService>, worker.namespace);
    const ofSdk = { options: worker, nativeWorker: this.#sdk.nativeWorker };
    this.reporter = new ResultReporter(this.sender, ofSdk as unknown as Worker, {
      clock,
      pendingResultsShare: 0.5,
    });
  }

  /** A result that Temporal answers so first, and then accepts. It is reported within so many milliseconds: Core is told to report nothing. */
  static async reported(
    answers: readonly Answer[],
    withinMs = 0,
    { activity = () => 42, nextToken, ...options }: ReportedOptions = {},
  ): Promise<ReportScene> {
    const scene = new ReportScene(options);
    scene.answers = [...answers];
    scene.nextToken = nextToken;
    const running = rejection(scene.run(activity));
    await scene.clock.advance(withinMs);
    const reason = await running;
    if (!(reason instanceof CompleteAsyncError)) throw reason;
    return scene;
  }

  /** Runs an activity to its end on the worker. */
  async run(activity: (context: Context) => unknown): Promise<unknown> {
    const context = this.#context();
    const { inbound } = this.reporter.interceptor(context);
    const next = async (): Promise<unknown> => {
      return await activity(context);
    };
    return inbound?.execute === undefined ? next() : inbound.execute({ args: [], headers: {} }, next);
  }

  /** The methods that were called, in order. */
  get methods(): readonly string[] {
    return this.calls.map(({ method }) => method);
  }

  #runtime(): Runtime {
    const metric = (...described: string[]) => {
      const [name = ''] = described;
      this.described.push(described);
      const record = (value: number, labels: object) => this.metrics.push({ name, value, labels });
      return { add: record, record };
    };
    const { metricsExporter } = this.#options;
    const telemetry = { metricPrefix: 'temporal_', attachServiceName: true };
    return {
      metricMeter: { createCounter: metric, createHistogram: metric },
      options: { runtimeOptions: { telemetry, metricsExporter } },
    } as never;
  }

  #context(): Context {
    const { heartbeatDetails } = this.#options.info ?? {};
    const info = {
      ...taskTokens(heartbeatDetails),
      ...{ activityType: 'countRows', activityId: '7', isLocal: false },
      ...{
        workflowExecution: { workflowId: 'extract', runId: 'r' },
        workflowType: 'extraction',
        inWorkflow: true,
      },
      ...{ startToCloseTimeoutMs: 60_000, scheduleToCloseTimeoutMs: 0, namespace: 'ours' },
      scheduledTimestampMs: this.clock.wallNow(),
      currentAttemptScheduledTimestampMs: this.clock.wallNow(),
      ...this.#options.info,
    };
    return {
      ...{ info, cancellationSignal: new AbortController().signal, log: this.activityLog },
      heartbeat: (details: unknown) => {
        this.heartbeats.push(details);
        this.#sdk.heartbeat(details);
      },
      ...this.#options.context,
    } as unknown as Context;
  }

  #held() {
    const answer = (method: string) => (request: Record<string, unknown>) => this.#answer(method, request);
    const workflowService = {
      respondActivityTaskCompleted: answer('completed'),
      respondActivityTaskFailed: answer('failed'),
      respondActivityTaskCanceled: answer('canceled'),
      recordActivityTaskHeartbeat: answer('heartbeat'),
      describeNamespace: answer('describe'),
    };
    const token = (): string => this.token;
    const connect = () => ({ workflowService });
    let connection = connect();
    this.replaceConnection = () => {
      connection = connect();
    };
    return {
      get connection() {
        return connection as never;
      },
      next: token,
      scope: () => ({ lacksPermission: () => this.isDenied }),
      accepted: (_scope: unknown, token: string) => this.accepted.push(token),
      rejected: (_scope: unknown, rejected: string) => {
        if (this.nextToken !== undefined) this.token = this.nextToken;
        return Promise.resolve(this.token !== rejected);
      },
    };
  }

  /** As Temporal's Core sees to it. */
  async #inTime(call: Promise<object>): Promise<object> {
    if (this.isDeaf) return call;
    const over = Promise.withResolvers<never>();
    const end = (): void => {
      over.reject(grpcError('CANCELLED', 'Timeout expired'));
    };
    const timer = this.clock.startTimer(end, 30_000);
    return Promise.race([call, over.promise]).finally(() => {
      timer.cancel();
    });
  }

  #answer(method: string, request: Record<string, unknown>): Promise<object> {
    this.calls.push({ method, request, token: this.token, atMs: this.clock.monotonicNow() });
    this.onCall();
    if (this.rejectedMethods.includes(method)) return Promise.reject(grpcError('PERMISSION_DENIED'));
    const answer = this.answers.shift() ?? 'accepted';
    if (answer === 'hangs') return this.#inTime(new Promise(() => undefined));
    if (answer instanceof Promise) return this.#inTime(answer);
    return answer === 'accepted' ? Promise.resolve({}) : Promise.reject(answer);
  }
}
