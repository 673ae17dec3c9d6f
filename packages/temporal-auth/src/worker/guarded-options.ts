import type { Logger } from '@temporalio/common';
import type { ActivityInterceptorsFactory, WorkerOptions } from '@temporalio/worker';
import type { ConnectionGuard } from './connection-guard.ts';
import { logPollers, pollerDefaults } from './poller-defaults.ts';
import type { ResultReporter } from './results/result-reporter.ts';

/** How a worker is guarded. */
export interface GuardedOptionsSettings {
  readonly logger: Logger;
  /** Whether results are reported by calls of this package, and not by Temporal's Core. */
  readonly acknowledgeResults: boolean;
  /** In which its results are reported. */
  readonly namespace: string;
}

/** The options of a worker, with what guards it. */
export interface GuardedOptions<O> {
  readonly options: O;
  /** By which the worker is known again; `undefined` without a guard. */
  readonly interceptor: ActivityInterceptorsFactory | undefined;
  /** Which is to serve the worker once that is made; `undefined` where Core reports its results. */
  readonly reporter: ResultReporter | undefined;
}

/**
 * Adds to the options of a worker what guards it on the connection of `guard`, and how it polls where they do not say it.
 *
 * @param guard `undefined` where there is nothing to be refused
 */
export async function guardedOptions<O extends WorkerOptions>(
  options: O,
  guard: ConnectionGuard | undefined,
  { logger, acknowledgeResults, namespace }: GuardedOptionsSettings,
): Promise<GuardedOptions<O>> {
  const pollers = pollerDefaults(options);
  logPollers(pollers, logger, options.taskQueue);
  const reporter = acknowledgeResults ? await guard?.reporter(namespace) : undefined;
  const interceptor = guard && (reporter?.interceptor ?? (() => ({})));
  const { interceptors } = options;
  return {
    options: {
      ...options,
      ...pollers.options,
      ...(interceptor && {
        interceptors: { ...interceptors, activity: [interceptor, ...(interceptors?.activity ?? [])] },
      }),
    },
    interceptor,
    reporter,
  };
}
