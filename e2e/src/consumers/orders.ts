import { Client, Connection } from '@temporalio/client';
import { freePorts } from '@worker-auth/servers';
import { LoopbackServer } from '@worker-auth/testing-fakes';
import { randomBytes } from 'node:crypto';
import { credentialsInEnvironment, type TemporalWithGateway } from '../fixtures/temporal-with-gateway.ts';
import { type CollectedSpan, startCollector } from './collector.ts';
import type { Ended, ProjectFolder } from './project-folder.ts';

/** What a day of the project `own-everything` has left behind. */
export interface OrdersDay {
  /** What the two clients printed. */
  readonly chair: string;
  readonly table: string;
  readonly worker: Ended;
  /** What the price list was asked: `ITEM for TENANT`. */
  readonly asked: readonly string[];
  /** What Prometheus would have seen: of OpenTelemetry, and of Temporal's Core. */
  readonly metrics: string;
  readonly coreMetrics: string;
  readonly spans: readonly CollectedSpan[];
  /** The `encoding` of each payload in the history of the second order. */
  readonly encodings: readonly string[];
}

/** An order; another token for the worker; then an order at whose result that token is refused. */
export async function ordersDay(project: ProjectFolder, temporal: TemporalWithGateway): Promise<OrdersDay> {
  const asked: string[] = [];
  await using collector = await startCollector();
  await using prices = await LoopbackServer.start((request, response) => {
    const item = request.url?.slice(1) ?? '';
    asked.push(`${item} for ${String(request.headers['x-tenant'])}`);
    if (item === 'table') refuse(temporal, Math.max(...workerTokens(temporal)));
    // Of the worker's tokens, the first alone is short.
    temporal.oauth.lifetimeSeconds = 300;
    response.end('14');
  });
  const [metricsPort, corePort] = await freePorts(2);
  const env = {
    ...temporal.env,
    ...credentialsInEnvironment(temporal.oauth, 'own_everything'),
    TEMPORAL_ADDRESS: temporal.gateway.address,
    PRICE_LIST_URL: prices.url,
    ORDERS_KEY: randomBytes(32).toString('base64'),
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    METRICS_HOST: '127.0.0.1',
    METRICS_PORT: String(metricsPort),
    CORE_METRICS_PORT: String(corePort),
  };
  const order = async (item: string): Promise<string> => {
    const { exitCode, output } = await project.run('order', env, ['acme', item, '3']);
    if (exitCode !== 0) throw new Error(`The order ended with ${exitCode}:\n${output}`);
    return output;
  };
  const { result, program } = await project.runWhile('start', env, async () => {
    const chair = await order('chair');
    await temporal.gateway.until(() => workerTokens(temporal).size > 1);
    const table = await order('table');
    const [metrics, coreMetrics] = await Promise.all([scrape(metricsPort), scrape(corePort)]);
    return {
      chair,
      table,
      metrics,
      coreMetrics,
      encodings: await encodingsOf('acme-table', temporal.upstream),
    };
  });
  return { ...result, worker: program, asked, spans: collector.spans };
}

/** The tokens with which the worker has called so far. */
export function workerTokens({ gateway }: TemporalWithGateway): ReadonlySet<number> {
  const calls = gateway.calls.filter(({ metadata }) => metadata['x-team'] === 'orders');
  return new Set(calls.flatMap(({ token }) => token?.number ?? []));
}

/** Rejects this token: first where the worker reports a result, then where it probes. Polls would cost 10 s of Core's each. */
function refuse({ gateway }: TemporalWithGateway, token: number): void {
  const tells = 'RespondActivityTaskCompleted';
  gateway.injectFault('permissionDenied', { token, method: tells });
  void gateway.nextCall(tells).then(() => {
    gateway.injectFault('permissionDenied', { token, method: 'RecordWorkerHeartbeat' });
  });
}

async function scrape(port: number | undefined): Promise<string> {
  return await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
}

async function encodingsOf(workflowId: string, address: string): Promise<readonly string[]> {
  const connection = await Connection.connect({ address });
  const history = await new Client({ connection }).workflow.getHandle(workflowId).fetchHistory();
  await connection.close();
  const payloads = (history.events ?? []).flatMap((event) => [
    ...(event.workflowExecutionStartedEventAttributes?.input?.payloads ?? []),
    ...(event.activityTaskScheduledEventAttributes?.input?.payloads ?? []),
    ...(event.activityTaskCompletedEventAttributes?.result?.payloads ?? []),
    ...(event.workflowExecutionCompletedEventAttributes?.result?.payloads ?? []),
  ]);
  return payloads.map(({ metadata }) => Buffer.from(metadata?.['encoding'] ?? []).toString());
}
