import '../src/fixtures/runtime-log.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../src/fixtures/describe-with.ts';
import { days } from '../src/proxied/days.ts';
import { openProxiedGround, type ProxiedGround } from '../src/proxied/ground.ts';
import { runDay } from '../src/proxied/run-day.ts';

/** Many times what a quiet machine needs. */
const backMs = 15_000;

await describeWith(
  ['temporal-cli', 'temporalio'],
  'plain workers in Python and TypeScript behind the proxy',
  () => {
    let ground: ProxiedGround;
    beforeAll(async () => {
      ground = await openProxiedGround();
    });
    afterAll(() => ground[Symbol.asyncDispose]());

    it.each(days)('lose nothing and run nothing twice: $title', async (day) => {
      const figures = await runDay(ground, day);
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
      expect(Math.max(...proxied.map((one) => one.backMs ?? Infinity))).toBeLessThan(backMs);
    });
  },
);
