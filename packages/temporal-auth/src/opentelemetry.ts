import {
  type Attributes,
  isSpanContextValid,
  type MeterProvider,
  metrics,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
  type TracerProvider,
} from '@opentelemetry/api';
import type { Logger } from '@temporalio/common';
import { checkMethods, checkObject, checkOptions, type Clock, systemClock } from '@worker-auth/internal';
import { scopeName } from '@worker-auth/calls/metrics/instruments';
import {
  measure,
  type ObservedClient,
  type ObservedTokens,
  ofStep,
  type Step,
} from '@worker-auth/calls/metrics/measurements';
import { loggerOver } from '@worker-auth/calls/settings/loggers';

export { prometheusViews } from '@worker-auth/calls/metrics/instruments';

/** Where it goes, and with what. */
export interface ObserveOptions {
  /** Default: the one that is registered globally when `observe` is called; without one nothing is measured. */
  readonly meterProvider?: MeterProvider | undefined;
  /** Default: the one that is registered globally, also later; without one there are no spans. */
  readonly tracerProvider?: TracerProvider | undefined;
  /** On every measurement and every span; which differs for two clients of one process. Default none. */
  readonly attributes?: Attributes | undefined;
  /** What times are read from. Default the clocks of the host. */
  readonly clock?: Clock | undefined;
}

/**
 * Reports a client to OpenTelemetry: metrics and spans, which `docs/metrics.md` of the package lists. All of it comes from the client's events
 * and its `health()`: nothing is done per call of Temporal, and a client is observed at any time, once.
 *
 * @param source a `TemporalWorkflowClient` (its `auth` is in it), the plugin `temporalAuth()`, or an `AtlanAuthClient` alone
 * @returns ends it; harmless when called again
 * @throws TypeError for a source that is none, an option that there is not, with the nearest name, or a value that it cannot have
 */
export function observe(source: ObservedClient | ObservedTokens, options: ObserveOptions = {}): () => void {
  checkMethods('source', source, 'on', 'health');
  checkOptions<ObserveOptions>('observe', options, {
    meterProvider: (name, value) => {
      checkMethods(name, value, 'getMeter');
    },
    tracerProvider: (name, value) => {
      checkMethods(name, value, 'getTracer');
    },
    attributes: checkObject,
    clock: true,
  });
  const { meterProvider = metrics, tracerProvider = trace, clock = systemClock } = options;
  const common = { ...options.attributes };
  const ends = [
    ...measure(source, { meter: meterProvider.getMeter(scopeName), common, clock }),
    ...recordSpans(source, { tracer: tracerProvider.getTracer(scopeName), common, clock }),
  ];
  return () => {
    for (const end of ends) end();
  };
}

/**
 * A logger that adds `trace_id` and `span_id`, as OpenTelemetry names them, to each line that is written within a span.
 *
 * ```ts
 * temporalAuth({ logger: withTraceId(new DefaultLogger('INFO')) });
 * ```
 *
 * @throws TypeError for what is no logger
 */
export function withTraceId(logger: Logger): Logger {
  checkMethods('logger', logger, 'log');
  return loggerOver((level, message, meta) => {
    const span = trace.getActiveSpan()?.spanContext();
    const isWithin = span !== undefined && isSpanContextValid(span);
    logger.log(level, message, isWithin ? { ...meta, trace_id: span.traceId, span_id: span.spanId } : meta);
  });
}

/** Makes a span of each step that has ended; those of `common` are on each. Returns what ends each subscription. */
function recordSpans(
  source: ObservedTokens,
  { tracer, common, clock }: { readonly tracer: Tracer; readonly common: Attributes; readonly clock: Clock },
): readonly (() => void)[] {
  const recordAs = (name: string) => (step: Step) => {
    const endTime = clock.wallNow();
    const attributes = { ...common, ...ofStep(step) };
    const options = { kind: SpanKind.CLIENT, startTime: endTime - step.durationMs, attributes };
    const span = tracer.startSpan(name, options);
    if (step.error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end(endTime);
  };
  return [
    source.on('tokenRequested', recordAs('worker_auth.token.request')),
    source.on('credentialsRead', recordAs('worker_auth.credentials.read')),
  ];
}
