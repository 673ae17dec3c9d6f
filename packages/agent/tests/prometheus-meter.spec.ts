import type { Attributes, BatchObservableResult, Observable } from '@opentelemetry/api';
import { expect, it } from 'vitest';
import { PrometheusMeter } from '../src/agent-metrics.ts';

interface Counter {
  add(value: number, of?: Attributes): void;
}
interface Histogram {
  record(value: number, of?: Attributes): void;
}

it('shows counters, histograms and gauges as Prometheus reads them, and again as they are then', () => {
  const meter = new PrometheusMeter();
  const counter = meter.createCounter('a.refreshes', { description: 'Refreshes' }) as Counter;
  meter.createCounter('a.never', {});
  const histogram = meter.createHistogram('a.duration', {
    ...{ description: 'Duration', advice: { explicitBucketBoundaries: [0.5, 1] } },
  }) as Histogram;
  (meter.createHistogram('a.plain', {}) as Histogram).record(2);
  meter.createHistogram('a.never', undefined);
  meter.createObservableGauge('a.never', undefined);
  const [end, state] = ['a.end', 'a.state'].map((name, index) =>
    meter.createObservableGauge(name, { description: 'Gauge', ...(index === 0 && { unit: 's' }) }),
  ) as [Observable, Observable];
  let isOver = false;
  const callback = (result: BatchObservableResult): void => {
    if (!isOver) result.observe(end, 7);
    result.observe(state, 1, { 'a.queue': 'a"b\\c\nd' });
  };
  meter.addBatchObservableCallback(callback);
  counter.add(1, { 'a.outcome': 'success', type: 'x' });
  counter.add(2, { 'a.outcome': 'success', type: 'x' });
  histogram.record(0.5);
  histogram.record(3);
  const lasting = `# HELP a_refreshes_total Refreshes
# TYPE a_refreshes_total counter
a_refreshes_total{a_outcome="success",type="x"} 3
# HELP a_duration_seconds Duration
# TYPE a_duration_seconds histogram
a_duration_seconds_bucket{le="0.5"} 1
a_duration_seconds_bucket{le="1"} 1
a_duration_seconds_bucket{le="+Inf"} 2
a_duration_seconds_sum 3.5
a_duration_seconds_count 2
# HELP a_plain_seconds${' '}
# TYPE a_plain_seconds histogram
a_plain_seconds_bucket{le="+Inf"} 1
a_plain_seconds_sum 2
a_plain_seconds_count 1
`;
  const ofEnd = `# HELP a_end_seconds Gauge
# TYPE a_end_seconds gauge
a_end_seconds 7
`;
  const ofState = `# HELP a_state Gauge
# TYPE a_state gauge
a_state{a_queue="a\\"b\\\\c\\nd"} 1
`;
  expect(meter.render()).toBe(lasting + ofEnd + ofState);
  isOver = true;
  expect(meter.render()).toBe(lasting + ofState);
});
