import { noopMetricMeter } from '@temporalio/common';
import { Runtime } from '@temporalio/worker';
import { vi } from 'vitest';

/** Puts a Runtime without anything native in the place of Temporal's. */
export function fakeRuntime(): void {
  const runtimeOptions = { telemetry: { metricPrefix: 'temporal_', attachServiceName: true } };
  const runtime = { metricMeter: noopMetricMeter, options: { runtimeOptions } };
  vi.spyOn(Runtime, 'instance').mockReturnValue(runtime as unknown as Runtime);
}
