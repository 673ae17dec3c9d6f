import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { Runtime } from '@temporalio/worker';
import { healthHandler, TemporalWorkflowClient } from '@worker-auth/temporal-auth';
import { observe, prometheusViews } from '@worker-auth/temporal-auth/opentelemetry';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';

const { HEALTH_PORT, METRICS_PORT, CORE_METRICS_PORT, POD_IP: host = '' } = process.env;

// Its own server answers nothing at an IPv6 address.
const exporter = new PrometheusExporter({ preventServerStart: true });
const metrics = createServer(exporter.getMetricsRequestHandler.bind(exporter));
metrics.listen(Number(METRICS_PORT), host);
const meterProvider = new MeterProvider({ readers: [exporter], views: [...prometheusViews] });
const bindAddress = `${host.includes(':') ? `[${host}]` : host}:${CORE_METRICS_PORT}`;
const naming = { countersTotalSuffix: true, unitSuffix: true, useSecondsForDurations: true };
Runtime.install({ telemetryOptions: { metrics: { prometheus: { bindAddress, ...naming } } } });

await using client = new TemporalWorkflowClient({ shutdownTimeoutMs: 45_000 });
observe(client, { meterProvider });

const probes = createServer(healthHandler(client)).listen(Number(HEALTH_PORT), host);

await client.runWorker({
  workflowsPath: fileURLToPath(new URL('./workflows.ts', import.meta.url)),
  activities: { countRows: async (table: string) => table.length },
  shutdownGraceTime: '30s',
  shutdownForceTime: '50s',
});
probes.close();
metrics.close();
await meterProvider.shutdown();
