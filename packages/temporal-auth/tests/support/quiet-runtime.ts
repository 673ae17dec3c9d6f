import { DefaultLogger, Runtime } from '@temporalio/worker';

/** Keeps Temporal's own worker messages out of the output of the tests. */
export function quietRuntime(): void {
  // Test files share a process, which has one Runtime.
  if (Runtime._instance !== undefined) return;
  Runtime.install({
    logger: new DefaultLogger('ERROR', () => undefined),
    telemetryOptions: { logging: { forward: {}, filter: 'ERROR' } },
  });
}
