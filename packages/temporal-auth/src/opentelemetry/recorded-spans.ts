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
import type { Clock } from '@worker-auth/inlined';
import { type SpanEntry, spans } from './catalogue.ts';
import { errorAttributes } from './error-type.ts';
import { credentialsAttributes } from './measurements.ts';
import type { ObservedTokens } from './observed.ts';

/** What spans are made with. */
export interface SpansOptions {
  readonly tracer: Tracer;
  /** On every span. */
  readonly common: Attributes;
  readonly clock: Clock;
}

/**
 * Makes a span of each step that is over.
 *
 * @returns what ends each subscription
 */
export function recordSpans(
  source: Pick<ObservedTokens, 'on'>,
  { tracer, common, clock }: SpansOptions,
): readonly (() => void)[] {
  const record = (
    { name }: SpanEntry,
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
      record(spans.tokenRequest, event, errorAttributes(event.error));
    }),
    source.on('credentialsRead', (event) => {
      record(spans.credentialsRead, event, credentialsAttributes(event));
    }),
  ];
}

/**
 * The context of whoever set the request off. Timers inherit it: that of a background refresh is of somebody who may have gone long ago, whose
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
