import type { TracerProvider } from '@opentelemetry/api';
import * as sdk1 from '@opentelemetry/sdk-trace-base';
import * as sdk2 from 'opentelemetry-sdk-trace-2';

/** A span that is over, as far as the versions of the SDK have it in common. */
export type FinishedSpan = Pick<
  sdk2.ReadableSpan,
  'name' | 'kind' | 'attributes' | 'status' | 'events' | 'startTime' | 'endTime' | 'spanContext'
> & {
  /** None for one that begins a trace. */
  readonly parentSpanId?: string | undefined;
};

/** What was traced with a provider. */
export interface Traced {
  readonly tracerProvider: TracerProvider;
  readonly spans: () => FinishedSpan[];
}

/** The versions of the SDK for traces. */
export const traceSdks = {
  'SDK 1': (): Traced => {
    const exporter = new sdk1.InMemorySpanExporter();
    const spanProcessors = [new sdk1.SimpleSpanProcessor(exporter)];
    return {
      tracerProvider: new sdk1.BasicTracerProvider({ spanProcessors }),
      spans: () => exporter.getFinishedSpans(),
    };
  },
  'SDK 2': (): Traced => {
    const exporter = new sdk2.InMemorySpanExporter();
    const spanProcessors = [new sdk2.SimpleSpanProcessor(exporter)];
    return {
      tracerProvider: new sdk2.BasicTracerProvider({ spanProcessors }),
      spans: () =>
        exporter.getFinishedSpans().map((span) => ({
          ...{ name: span.name, kind: span.kind, attributes: span.attributes, status: span.status },
          ...{ events: span.events, startTime: span.startTime, endTime: span.endTime },
          spanContext: () => span.spanContext(),
          parentSpanId: span.parentSpanContext?.spanId,
        })),
    };
  },
} as const;
