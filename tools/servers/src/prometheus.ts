import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './ports.ts';
import { findProgram } from './programs.ts';
import { type RunningServer, startServer, type StartOptions } from './running-server.ts';

/** Settings of {@link startPrometheus}. */
export interface PrometheusOptions extends StartOptions {
  /** Rule files. Default none. */
  readonly ruleFiles?: readonly string[];
  /** What is scraped, by `/metrics`: `HOST:PORT` by the name of its job. */
  readonly targets: Readonly<Record<string, readonly string[]>>;
  /** How often it scrapes and evaluates the rules, in milliseconds. */
  readonly intervalMs: number;
}

/** An alert that is pending or firing. */
export interface PrometheusAlert {
  readonly state: 'pending' | 'firing';
  /** `alertname` among them. */
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A running Prometheus. */
export interface Prometheus extends RunningServer {
  readonly url: string;
  alerts(): Promise<readonly PrometheusAlert[]>;
  /** What an expression gives now: the value of each series, with its labels. */
  query(expression: string): Promise<readonly PrometheusSample[]>;
}

/** The value of a series. */
export interface PrometheusSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Starts Prometheus. Ready: it says so itself. */
export async function startPrometheus(options: PrometheusOptions): Promise<Prometheus> {
  const { path } = await findProgram('prometheus');
  const server = await startServer(async () => {
    const port = options.port ?? (await freePort());
    const folder = await mkdtemp(join(tmpdir(), 'prometheus-'));
    const file = join(folder, 'prometheus.yaml');
    await writeFile(file, JSON.stringify(configuration(options)));
    return {
      name: 'Prometheus',
      port,
      launch: {
        command: path,
        args: [
          `--config.file=${file}`,
          `--storage.tsdb.path=${join(folder, 'data')}`,
          `--web.listen-address=127.0.0.1:${port}`,
          '--log.level=warn',
        ],
      },
      probe: async (signal) => (await fetch(`http://127.0.0.1:${port}/-/ready`, { signal })).ok,
      cleanUp: () => rm(folder, { recursive: true, force: true }),
    };
  });
  const url = `http://${server.address}`;
  return Object.assign(server, {
    url,
    async alerts() {
      const { alerts } = (await ask(`${url}/api/v1/alerts`)) as { alerts: readonly PrometheusAlert[] };
      return alerts;
    },
    async query(expression: string) {
      const answer = await ask(`${url}/api/v1/query?query=${encodeURIComponent(expression)}`);
      const { result } = answer as { result: readonly VectorSample[] };
      return result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
    },
  });
}

/** https://prometheus.io/docs/prometheus/latest/querying/api/#instant-vectors */
interface VectorSample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [seconds: number, value: string];
}

/** In JSON, which YAML includes. */
function configuration({ ruleFiles = [], targets, intervalMs }: PrometheusOptions): unknown {
  const interval = `${intervalMs}ms`;
  return {
    global: { scrape_interval: interval, scrape_timeout: interval, evaluation_interval: interval },
    rule_files: ruleFiles,
    scrape_configs: Object.entries(targets).map(([job, addresses]) => ({
      job_name: job,
      static_configs: [{ targets: addresses }],
    })),
  };
}

async function ask(url: string): Promise<unknown> {
  const response = await fetch(url);
  const answer = (await response.json()) as { data?: unknown; error?: string };
  if (!response.ok) throw new Error(`Prometheus answered ${response.status}: ${answer.error ?? ''}`);
  return answer.data;
}
