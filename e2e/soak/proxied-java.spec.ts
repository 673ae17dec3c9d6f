import '../src/fixtures/runtime-log.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../src/fixtures/describe-with.ts';
import { days } from '../src/proxied/days.ts';
import { openProxiedGround, type ProxiedGround } from '../src/proxied/ground.ts';
import { runDay } from '../src/proxied/run-day.ts';

const some = ['all rejected 90 s', 'results rejected 30 s', 'results rejected 30 s, heartbeat timeout 4 s'];

await describeWith(['temporal-cli', 'temporal-java'], 'a plain worker in Java behind the proxy', () => {
  let ground: ProxiedGround;
  beforeAll(async () => {
    ground = await openProxiedGround();
  });
  afterAll(() => ground[Symbol.asyncDispose]());

  it.each(days.filter(({ title }) => some.includes(title)))(
    'loses nothing and runs nothing twice: $title',
    async (day) => {
      const figures = await runDay(ground, day, { languages: ['java'] });
      console.log(`${day.title}\n${figures.map((one) => JSON.stringify(one)).join('\n')}`);
      const [proxied] = figures.filter(({ by }) => by === 'proxy');
      expect(proxied).toMatchObject({ done: proxied?.started, twice: 0, isAlive: true });
      expect(proxied?.acceptedMs).toBeLessThan(4_000);
    },
  );
});
