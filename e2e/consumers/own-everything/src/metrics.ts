import { metrics } from '@opentelemetry/api';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider, View } from '@opentelemetry/sdk-metrics';
import { Runtime } from '@temporalio/worker';
import { prometheusViews } from '@worker-auth/temporal-auth/opentelemetry';

const { METRICS_HOST: host = '0.0.0.0', METRICS_PORT = '9464', CORE_METRICS_PORT = '9465' } = process.env;

/** Two endpoints for Prometheus: one of OpenTelemetry, one of Temporal's Core. To be called before there is a worker. */
export function startMetrics(): MeterProvider {
  const exporter = new PrometheusExporter({ host, port: Number(METRICS_PORT) });
  const views = prometheusViews.map((view) => new View(view));
  const meterProvider = new MeterProvider({ readers: [exporter], views });
  metrics.setGlobalMeterProvider(meterProvider);
  Runtime.install({
    telemetryOptions: { metrics: { prometheus: { bindAddress: `${host}:${CORE_METRICS_PORT}` } } },
  });
  return meterProvider;
}
