import type { WorkerOptions } from '@temporalio/worker';
import type { TokenSource } from '@worker-auth/token-manager';
import type { Settings } from '../settings/settings.ts';
import { pollerDefaults } from '../worker/worker-run.ts';
import type { DiagnosisContext, Found } from './diagnosis-context.ts';

/** What a program has set, by its options and its environment. */
export interface Program {
  /** The option `tokens` of the plugin. */
  readonly tokens?: TokenSource | undefined;
  readonly settings: Settings;
  /** The workers that it made, or is about to make. */
  readonly workers: readonly object[];
}

/** What of the options of a worker is shown. */
const shownOptions =
  /^(?:taskQueue|namespace|shutdown\w+|maxConcurrent\w+|maxCached\w+|\w+PollerBehavior|tuner|max\w+PerSecond)$/;

export async function checkProgram(context: DiagnosisContext): Promise<void> {
  await context.check('program', (): Found => {
    const { env, program } = context;
    // Without the doctor's own.
    const given = (env['NODE_OPTIONS'] ?? '').replace(/ ?--import=\S*doctor-program\S*/, '');
    const switches = [...process.execArgv, given].filter((text) => text !== '');
    const trust = env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0' ? ['NODE_TLS_REJECT_UNAUTHORIZED=0'] : [];
    const node = [`Node ${process.versions.node}`, ...switches, ...trust].join(' ');
    if (program === undefined)
      return {
        description: `${node}; what a program sets in its code is not known (worker-auth doctor -- node lib/worker.js)`,
      };
    const { settings, workers } = program;
    const { connectTimeoutMs, bootTimeoutMs, newTokenTimeoutMs, shutdownTimeoutMs } = settings;
    const timeouts = { connectTimeoutMs, bootTimeoutMs, newTokenTimeoutMs, shutdownTimeoutMs };
    const shown = workers.map((worker) =>
      Object.fromEntries(
        Object.entries({ ...worker, ...pollerDefaults(worker as Partial<WorkerOptions>) }).filter(([name]) =>
          shownOptions.test(name),
        ),
      ),
    );
    const made =
      shown.length === 0 ? 'no worker yet' : shown.map((worker) => JSON.stringify(worker)).join(', ');
    return {
      description: `the program runs on ${node}, with ${made}`,
      details: { node: process.versions.node, switches: [...switches, ...trust], timeouts, workers: shown },
    };
  });
}
