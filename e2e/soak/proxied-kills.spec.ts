import '../src/fixtures/runtime-log.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../src/fixtures/describe-with.ts';
import { eventually } from '../src/fixtures/eventually.ts';
import { SteadyLoad } from '../src/bad-days/steady-load.ts';
import { resultsRejected } from '../src/proxied/days.ts';
import { openPlace, type Place } from '../src/proxied/place.ts';
import { type Ground, openGround } from '../src/worlds/ground.ts';

/** Twice what is meant. */
const backMs = 4_000;

await describeWith(['temporal-cli', 'temporalio'], 'SIGKILL, with plain workers behind the proxy', () => {
  let ground: Ground;
  beforeAll(async () => {
    ground = await openGround();
  });
  afterAll(() => ground[Symbol.asyncDispose]());

  /** Starts ten workflows of one activity on the worker; resolves when all activities have run. @param heartbeatSeconds after that without a heartbeat they run again; 0: never */
  async function startAll({ workers: [worker] }: Place, heartbeatSeconds: number) {
    if (worker === undefined) throw new Error('There is a worker');
    const { taskQueue } = worker.options;
    const ids = Array.from({ length: 10 }, (_, index) => `${taskQueue}-${index}`);
    const start = (workflowId: string) =>
      ground.clientOf({}).workflow.start('steady', {
        taskQueue,
        workflowId,
        args: [workflowId, 0.5, heartbeatSeconds],
      });
    const handles = await Promise.all(ids.map(start));
    await eventually('all activities ran', async () => (await worker.runs()).size === ids.length);
    return { worker, ids, start, done: () => Promise.all(handles.map((handle) => handle.result())) };
  }

  it('of one worker changes nothing for the others', async () => {
    const languages = ['python', 'typescript'] as const;
    await using place = await openPlace(ground, { by: 'proxy', name: 'worker-killed', languages });
    const [python, typescript] = place.workers;
    if (python === undefined || typescript === undefined) throw new Error('There are two');
    const { taskQueue } = typescript.options;
    const load = new SteadyLoad(
      { client: ground.clientOf({}) },
      {
        ...{ taskQueues: [taskQueue], perSecond: 1, startToCloseMs: 300_000 },
        workflow: (workflowId) => ({ type: 'steady', args: [workflowId, 0.5, 0] }),
      },
    );
    load.start();
    await sleep(3_000);
    const mend = await place.traffic.begin({ fault: resultsRejected });
    await sleep(5_000);
    python.kill('SIGKILL');
    await python.ended;
    await sleep(2_000);
    await mend();
    await sleep(5_000);
    load.stopStarting();
    const { startedAtMs, completedAtMs } = load.of(taskQueue);
    await eventually('all is done', () => completedAtMs.size === startedAtMs.size);
    await load.stop();
    expect([...(await typescript.runs()).values()].every((times) => times === 1)).toBe(true);
    expect(typescript.hasEnded).toBe(false);
    expect(place.agent.child.exitCode).toBe(null);
  });

  it('of the proxy loses what it answered early, which runs again, and workers are back', async () => {
    await using place = await openPlace(ground, { by: 'proxy', name: 'proxy-killed', languages: ['python'] });
    const mend = await place.traffic.begin({ fault: resultsRejected });
    const { worker, ids, start, done } = await startAll(place, 5);
    // Each result is answered within 4 s.
    await sleep(6_000);
    await place.agent.end('SIGKILL');
    await mend();
    await place.restart();
    const restartedMs = performance.now();
    await (await start('next')).result();
    const tookMs = performance.now() - restartedMs;
    console.log(`back ${Math.round(tookMs)} ms after the proxy listened again`);
    expect(tookMs).toBeLessThan(backMs);
    await done();
    const again = [...(await worker.runs())].filter(([, times]) => times > 1).map(([id]) => id);
    expect(again.sort()).toEqual(ids);
    expect(worker.hasEnded).toBe(false);
  });

  it('is not needed: with SIGTERM to the proxy alone work goes on until it ends, and by the next one', async () => {
    const languages = ['python'] as const;
    const [name, args] = ['proxy-restarted', ['--grace', '15']];
    await using place = await openPlace(ground, { by: 'proxy', name, languages, args });
    const { start, done } = await startAll(place, 0);
    await done();
    const ended = place.agent.end('SIGTERM');
    await sleep(500);
    // More than there are polls at Temporal.
    const amid = await Promise.all(Array.from({ length: 30 }, (_, index) => start(`amid-${index}`)));
    await Promise.all(amid.map((handle) => handle.result()));
    expect(place.agent.child.exitCode).toBe(null);
    expect(await ended).toBe(0);
    const endedMs = performance.now();
    await place.restart();
    const restartedMs = performance.now();
    await (await start('next')).result();
    const tookMs = performance.now() - restartedMs;
    console.log(`back ${Math.round(tookMs)} ms after the next proxy listened`);
    // Core tries the more rarely the longer there was none.
    expect(tookMs).toBeLessThan(backMs + restartedMs - endedMs);
  });

  it('of a proxy that answers nothing early loses nothing', async () => {
    const args = ['--no-early-ok'];
    await using place = await openPlace(ground, { by: 'proxy', name: 'true', languages: ['python'], args });
    const mend = await place.traffic.begin({ fault: resultsRejected });
    const { worker, done } = await startAll(place, 0);
    await sleep(3_000);
    await place.agent.end('SIGKILL');
    await mend();
    await place.restart();
    await done();
    expect([...(await worker.runs()).values()].every((times) => times === 1)).toBe(true);
  });
});
