import {
  type Attributes,
  context,
  type Context,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Tracer,
} from '@opentelemetry/api';
import type { Clock } from '@worker-auth/internal';
import { ofCredentials, ofError } from './measurements.ts';
import type { ObservedTokens } from './observed.ts';

/** Makes a span of each step that is over; those of `common` are on each. Returns what ends each subscription. */
export function recordSpans(
  source: ObservedTokens,
  options: { readonly tracer: Tracer; readonly common: Attributes; readonly clock: Clock },
): readonly (() => void)[] {
  const { tracer, common, clock } = options;
  const record = (
    name: string,
    { durationMs, error }: { readonly durationMs: number; readonly error: unknown },
    attributes: Attributes,
  ): void => {
    const endTime = clock.wallNow();
    const span = tracer.startSpan(
      name,
      { kind: SpanKind.CLIENT, startTime: endTime - durationMs, attributes: { ...common, ...attributes } },
      contextOfCaller(),
    );
    if (error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end(endTime);
  };
  return [
    source.on('tokenRequested', (event) => {
      record('worker_auth.token.request', event, ofError(event.error));
    }),
    source.on('credentialsRead', (event) => {
      record('worker_auth.credentials.read', event, ofCredentials(event));
    }),
  ];
}

/**
 * The context of the caller that caused the request. Timers inherit it: that of a background refresh may be of a caller that ended long ago, whose
 * span is not the parent then.
 */
function contextOfCaller(): Context {
  const active = context.active();
  const span = trace.getSpan(active);
  if (span === undefined || span.isRecording()) return active;
  const { traceFlags, isRemote } = span.spanContext();
  const isOver = isRemote !== true && (traceFlags & TraceFlags.SAMPLED) !== 0;
  return isOver ? trace.deleteSpan(active) : active;
}
