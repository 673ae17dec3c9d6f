// `nx worlds e2e`: worlds in which a plain worker and ours do the same work. Exits with 1 when ours broke a law in two of three runs.
import { parseArgs } from 'node:util';
import { lineOf, type WorldFigures } from './figures.ts';
import { openGround } from './ground.ts';
import { judge } from './judge.ts';
import { laws } from './laws.ts';
import { namedWorlds } from './named-worlds.ts';
import { seededWorld } from './seeded-world.ts';
import { shrink } from './shrink.ts';
import { describeWorld } from './world.ts';

const { values } = parseArgs({
  options: {
    world: { type: 'string', multiple: true },
    seed: { type: 'string' },
    count: { type: 'string', default: '1' },
    shrink: { type: 'boolean', default: false },
    at: { type: 'string', default: '4' },
    log: { type: 'boolean', default: false },
  },
});
const worlds =
  values.seed === undefined
    ? namedWorlds.filter(({ name }) => values.world?.includes(name) ?? true)
    : Array.from({ length: Number(values.count) }, (_, index) => seededWorld(Number(values.seed) + index));
if (worlds.length === 0) throw new RangeError('No world is named so.');
for (const { name, says } of laws) console.log(`${name}: ${says}`);
await using ground = await openGround();
const waiting = [...worlds];
let brokenWorlds = 0;
await Promise.all(
  Array.from({ length: Number(values.at) }, async () => {
    for (let world = waiting.shift(); world !== undefined; world = waiting.shift()) {
      const judgement = await judge(world, ground);
      const { runs, broken } = judgement;
      const lines = [
        ...describeWorld(world),
        ...runs.flatMap(linesOf),
        ...broken.map(({ law, how }) => `  BROKEN ${law}: ${how.join(' | ')}`),
      ];
      console.log(lines.join('\n'));
      if (broken.length === 0) continue;
      brokenWorlds++;
      if (values.shrink)
        console.log(`${world.name} shrunk: ${JSON.stringify(await shrink(judgement, ground))}`);
    }
  }),
);
process.exitCode = brokenWorlds === 0 ? 0 : 1;

function linesOf(figures: WorldFigures): readonly string[] {
  const log = values.log
    ? (['ours', 'plain'] as const).flatMap((kind) =>
        figures[kind].log.map(
          ({ atMs, level, message }) =>
            `    ${kind} ${((atMs - figures.bornMs) / 1_000).toFixed(1)} ${level} ${message.slice(0, 240)}`,
        ),
      )
    : [];
  const reruns = (['ours', 'plain'] as const).flatMap((kind) =>
    figures[kind].reruns.map((line) => `    ${kind}: ${line}`),
  );
  return [`  ${lineOf(figures, figures.ours)}`, `  ${lineOf(figures, figures.plain)}`, ...reruns, ...log];
}
