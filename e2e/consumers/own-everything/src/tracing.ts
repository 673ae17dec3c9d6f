import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { Resource } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { OpenTelemetryPlugin } from '@temporalio/interceptors-opentelemetry';

/** Spans go to the collector at `OTEL_EXPORTER_OTLP_ENDPOINT`. */
export interface Tracing {
  /** Temporal's own, for the spans of workflows and activities. */
  readonly plugin: OpenTelemetryPlugin;
  /** Sends what is left. */
  shutdown(): Promise<void>;
}

export function startTracing(service: string): Tracing {
  const resource = new Resource({ 'service.name': service });
  const spanProcessor = new BatchSpanProcessor(new OTLPTraceExporter());
  const provider = new NodeTracerProvider({ resource, spanProcessors: [spanProcessor] });
  provider.register();
  return {
    plugin: new OpenTelemetryPlugin({ resource, spanProcessor }),
    shutdown: () => provider.shutdown(),
  };
}
