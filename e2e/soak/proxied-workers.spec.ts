import '../src/fixtures/runtime-log.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../src/fixtures/describe-with.ts';
import { eventually } from '../src/fixtures/eventually.ts';
import { days, resultsRejected } from '../src/proxied/days.ts';
import { openPlace } from '../src/proxied/place.ts';
import { runDay } from '../src/proxied/run-day.ts';
import { SteadyWorker } from '../src/proxied/worker-process.ts';
import { type Ground, openGround } from '../src/worlds/ground.ts';

/** How soon the proxy is back, and a workflow is done again. */
const [acceptedMs, backMs] = [4_000, 15_000];

await describeWith(
  ['temporal-cli', 'temporalio', 'temporal-go', 'temporal-java'],
  'plain workers in Python, TypeScript, Go and Java behind the proxy',
  () => {
    let ground: Ground;
    beforeAll(async () => {
      ground = await openGround();
    });
    afterAll(() => ground[Symbol.asyncDispose]());

    it.each(days)('lose nothing and run nothing twice: $title', async (day) => {
      await using ownGround = day.fault === undefined ? await openGround(true) : undefined;
      const figures = await runDay(ownGround ?? ground, day);
      console.log(`${day.title}\n${figures.map((one) => JSON.stringify(one)).join('\n')}`);
      const proxied = figures.filter(({ by }) => by === 'proxy');
      const well = proxied.map(({ language, started }) => ({
        language,
        started,
        done: started,
        twice: 0,
        isAlive: true,
      }));
      expect(proxied).toMatchObject(well);
      expect(Math.max(...proxied.map((figure) => figure.acceptedMs ?? Infinity))).toBeLessThan(acceptedMs);
      expect(Math.max(...proxied.map((figure) => figure.backMs ?? Infinity))).toBeLessThan(
        day.backMs ?? backMs,
      );
      for (const { language, stallMs } of proxied) {
        // On a busy machine the one beside it stalls as well.
        const beside = figures.find((one) => one.by === 'file' && one.language === language);
        expect(stallMs).toBeLessThan(Math.max(day.stallMs ?? Infinity, 2 * (beside?.stallMs ?? 0)));
      }
    });

    it.each(['python', 'typescript', 'go'] as const)(
      'whose results are pending lose none by SIGTERM: %s',
      async (language) => {
        await using place = await openPlace(ground, { by: 'proxy', name: 'sigterm', languages: [language] });
        const [worker] = place.workers;
        if (worker === undefined) throw new Error('There is a worker');
        const { taskQueue } = worker.options;
        const ids = Array.from({ length: 10 }, (_, index) => `${taskQueue}-${index}`);
        const mend = await place.traffic.begin({ fault: resultsRejected });
        const start = (workflowId: string) =>
          ground.clientOf({}).workflow.start('steady', { taskQueue, workflowId, args: [workflowId, 0.5, 0] });
        const handles = await Promise.all(ids.map(start));
        await eventually('all activities ran', async () => (await worker.runs()).size === ids.length);
        // Their worker is told within 4 s that they are reported.
        await sleep(6_000);
        worker.kill('SIGTERM');
        expect(await worker.ended).toBe(0);
        const agentEnds = place.agent.end('SIGTERM');
        await sleep(5_000);
        expect(place.agent.child.exitCode).toBe(null);
        await mend();
        expect(await agentEnds).toBe(0);
        // What is left of the workflows is for another worker.
        const direct = { ...worker.options, address: ground.upstream };
        const before = await worker.runs();
        await using other = await SteadyWorker.start({ ...direct, journal: `${direct.journal}-2` });
        await Promise.all(handles.map((handle) => handle.result()));
        expect([...before.values()].every((times) => times === 1)).toBe(true);
        expect((await other.runs()).size).toBe(0);
      },
    );

    it('is told by exit code 3 which results SIGTERM loses when they are not accepted in time', async () => {
      const args = ['--grace', '3'];
      await using place = await openPlace(ground, { by: 'proxy', name: 'lost', languages: ['python'], args });
      const [worker] = place.workers;
      await place.traffic.begin({ fault: resultsRejected });
      const taskQueue = worker?.options.taskQueue ?? '';
      const started = ['lost', 0.5, 0];
      const handle = await ground.clientOf({}).workflow.start('steady', {
        taskQueue,
        workflowId: 'lost',
        args: started,
      });
      await sleep(8_000);
      worker?.kill('SIGTERM');
      await worker?.ended;
      expect(await place.agent.end('SIGTERM')).toBe(3);
      expect(place.agent.lines.join('\n')).toContain('An activity result is abandoned');
      expect(place.agent.lines.join('\n')).toContain("workflowId: 'lost'");
      await handle.terminate();
    });
  },
);
