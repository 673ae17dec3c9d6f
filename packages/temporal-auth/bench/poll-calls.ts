/** Polls of a task queue that have begun until now, for whatever kind of task: from the metrics of Temporal's Core, in Prometheus' text. */
export async function pollCalls(metricsUrl: string, taskQueue: string): Promise<number> {
  const response = await fetch(metricsUrl, { headers: { connection: 'close' } });
  const text = await response.text();
  return text
    .split('\n')
    .filter((line) => line.startsWith('temporal_long_request{') && line.includes(`task_queue="${taskQueue}"`))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}
