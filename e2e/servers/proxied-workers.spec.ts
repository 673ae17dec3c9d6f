import '../src/fixtures/runtime-log.ts';
import { expect, it } from 'vitest';
import { describeWith } from '../src/fixtures/describe-with.ts';
import { rejectedFor } from '../src/proxied/days.ts';
import { runDay } from '../src/proxied/run-day.ts';
import { openGround } from '../src/worlds/ground.ts';

await describeWith(['temporal-cli', 'temporalio'], 'plain workers behind the proxy', () => {
  it('in Python and TypeScript lose nothing while all is rejected', async () => {
    await using ground = await openGround();
    const figures = await runDay(ground, rejectedFor(8), {
      languages: ['python', 'typescript'],
      lanes: ['proxy'],
    });
    const well = figures.map(({ started }) => ({ started, done: started, twice: 0, isAlive: true }));
    expect(figures).toMatchObject(well);
    expect(figures).toHaveLength(2);
  });
});
