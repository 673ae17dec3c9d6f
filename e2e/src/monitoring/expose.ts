import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import type { TemporalWorkflowClient } from '@worker-auth/temporal-auth';
import { observe, prometheusViews } from '@worker-auth/temporal-auth/opentelemetry';

/** Has Prometheus scrape the metrics of a client, at `/metrics` of this port of 127.0.0.1. */
export function expose(client: TemporalWorkflowClient, port: number): AsyncDisposable {
  const reader = new PrometheusExporter({ host: '127.0.0.1', port });
  const meterProvider = new MeterProvider({ readers: [reader], views: [...prometheusViews] });
  const stop = observe(client, { meterProvider });
  return {
    async [Symbol.asyncDispose]() {
      stop();
      await meterProvider.shutdown();
    },
  };
}
