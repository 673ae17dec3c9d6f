import { Client, Connection } from '@temporalio/client';
import { fork } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LaneMessage, LaneSettings } from './lane.ts';

const [deadlineMs, callEveryMs, retryMs] = [2_000, 500, 200];
const namespace = 'default';

type Send = (message: LaneMessage) => void;
type Way = NonNullable<LaneSettings['way']>;

/** Opens what stands beside the worker of a lane, on the same way to Temporal. @returns what ends it */
export async function openBeside(settings: LaneSettings, way: Way, send: Send): Promise<() => void> {
  if (settings.beside === 'deadlines') return openCaller(settings, way, send);
  if (settings.beside === 'waiting') return openWaiting(settings, way, send);
  return settings.beside === 'doomed' ? await openDoomed(settings, way, send) : () => undefined;
}

/** Queries the first workflow of the lane twice a second. What is not answered in time is reset. */
function openCaller({ taskQueue }: LaneSettings, way: Way, send: Send): () => void {
  const connection = connectionOf(way);
  const execution = { workflowId: `${taskQueue}-0` };
  const query = (): Promise<boolean> => {
    const request = { namespace, execution, query: { queryType: '__stack_trace' } };
    const called = connection.withDeadline(Date.now() + deadlineMs, () =>
      connection.workflowService.queryWorkflow(request),
    );
    return called.then(
      () => true,
      () => false,
    );
  };
  const timer = setInterval(() => {
    void query().then((isAnswered) => {
      send({ kind: 'called', isAnswered });
    });
  }, callEveryMs);
  return () => {
    clearInterval(timer);
    void connection.close();
  };
}

/** Waits for the result of each workflow of the lane. */
function openWaiting({ taskQueue, items }: LaneSettings, way: Way, send: Send): () => void {
  const connection = connectionOf(way);
  const { workflow } = new Client({ connection });
  let hasEnded = false;
  const wait = async (workflowId: string): Promise<void> => {
    while (!hasEnded) {
      const isDone = await workflow
        .getHandle(workflowId)
        .result()
        .then(
          () => true,
          () => false,
        );
      if (isDone) {
        send({ kind: 'awaited', workflowId, atMs: Date.now() });
        return;
      }
      // It may not have been started yet.
      await sleep(retryMs);
    }
  };
  for (let index = 0; index < items; index++) void wait(`${taskQueue}-${index}`);
  return () => {
    hasEnded = true;
    void connection.close();
  };
}

/** A second worker, which is killed when the parent says so. */
async function openDoomed(settings: LaneSettings, way: Way, send: Send): Promise<() => void> {
  const doomed = fork(process.argv[1] ?? '', [JSON.stringify({ ...settings, way })]);
  await new Promise<void>((resolve) => {
    doomed.on('message', (message: LaneMessage) => {
      if (message.kind === 'state' && message.state === 'RUNNING') resolve();
      if (message.kind === 'activity') send(message);
    });
    doomed.once('exit', () => {
      resolve();
    });
  });
  const kill = (): void => void doomed.kill('SIGKILL');
  process.once('message', kill);
  return kill;
}

/** Without retries, which would outlive it. */
function connectionOf({ address, apiKey }: Way): Connection {
  return Connection.lazy({ address, tls: false, interceptors: [], ...(apiKey !== undefined && { apiKey }) });
}
