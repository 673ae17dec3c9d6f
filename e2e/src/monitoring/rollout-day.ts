/** A rollout each hour of a day, and so many pods. */
const [rollouts, pods] = [24, 4];

/** From its start to its end, in minutes: the next rollout replaces a pod when its own is there. */
const livesMinutes = 61;

/** Of a pod's life, from a minute to another, one condition is raised: never for as long as its alert waits. */
const spells = [
  // It starts before its sidecar is there.
  { code: 'NO_TOKEN', severity: 'critical', from: 0, to: 1 },
  // Temporal's frontends are restarted, each hour.
  { code: 'TEMPORAL_UNREACHABLE', severity: 'critical', from: 28, to: 32 },
  { code: 'TEMPORAL_THROTTLES', severity: 'warning', from: 32, to: 39 },
  // The OAuth server is away, and the pod is shut down before it is back.
  { code: 'TOKEN_NOT_REFRESHED', severity: 'warning', from: livesMinutes - 4, to: livesMinutes },
  { code: 'RESULTS_PENDING', severity: 'warning', from: livesMinutes - 1, to: livesMinutes },
] as const;

/** A test for promtool, in which nothing ever fires; JSON is YAML. */
export function rolloutDay(ruleFile: string): string {
  const births = Array.from({ length: rollouts * pods }, (_, pod) => {
    return { instance: `pod-${pod}`, atMinute: Math.floor(pod / pods) * 60 + (pod % pods) };
  });
  const series = births.flatMap(({ instance, atMinute }) => {
    const before = atMinute === 0 ? '' : `_x${atMinute - 1} `;
    const labels = `job="worker",instance="${instance}"`;
    const ofResults = `worker_auth_activity_results_total{${labels},worker_auth_result_handling="abandoned"}`;
    return [
      // From its second minute on.
      {
        series: `worker_auth_token_expiration_timestamp_seconds{${labels}}`,
        values: `_x${atMinute} 1e9x${livesMinutes - 2} stale`,
      },
      { series: ofResults, values: `${before}0x${livesMinutes - 1} stale` },
      ...spells.map(({ code, severity, from, to }) => {
        const minutes = Array.from({ length: livesMinutes }, (_, minute) =>
          Number(minute >= from && minute < to),
        );
        const name = `worker_auth_condition{${labels},code="${code}",severity="${severity}"}`;
        return { series: name, values: `${before}${minutes.join(' ')} stale` };
      }),
    ];
  });
  const fired = { expr: 'count_over_time(ALERTS{alertstate="firing"}[26h])', eval_time: '26h' };
  const pending = {
    expr: 'count(count_over_time(ALERTS{alertstate="pending"}[26h])) > bool 100',
    eval_time: '26h',
  };
  const tests = [
    {
      interval: '1m',
      input_series: series,
      promql_expr_test: [fired, { ...pending, exp_samples: [{ labels: '{}', value: 1 }] }],
    },
  ];
  return JSON.stringify({ rule_files: [ruleFile], evaluation_interval: '1m', tests });
}
