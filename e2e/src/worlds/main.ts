// `nx worlds e2e`: worlds in which a plain worker and ours do the same work. It exits with 1 when ours broke a law in two of three runs. Without
// options it runs the named ones and writes docs/measurements/worlds.md.
import { parseArgs } from 'node:util';
import { openGround } from './ground.ts';
import { type Judgement, judgeAll, linesOf } from './judge.ts';
import { laws } from './laws.ts';
import { behindProxy, namedWorlds } from './named-worlds.ts';
import { writePage } from './page.ts';
import { seededWorld } from './seeded-world.ts';

const { values } = parseArgs({
  options: {
    world: { type: 'string', multiple: true },
    seed: { type: 'string' },
    count: { type: 'string', default: '1' },
    'at-once': { type: 'string', default: '4' },
    log: { type: 'boolean', default: false },
    proxy: { type: 'boolean', default: false },
  },
});
const { seed, world: names } = values;
const numbers = [seed ?? '1', values.count, values['at-once']].map(Number);
if (!numbers.every(Number.isInteger))
  throw new RangeError('--seed, --count and --at-once take whole numbers');
const [first = 1, count = 1, atOnce = 1] = numbers;
const worlds =
  seed === undefined
    ? namedWorlds.filter(({ name }) => names?.includes(name) ?? true)
    : Array.from({ length: count }, (_, index) => seededWorld(first + index));
if (worlds.length === 0) throw new RangeError('No world is named so.');

for (const { name, says } of laws) console.log(`${name}: ${says}`);
await using ground = await openGround();
const judgements: Judgement[] = [];
await judgeAll(values.proxy ? worlds.map(behindProxy) : worlds, ground, {
  atOnce,
  onJudged: (judgement) => {
    judgements.push(judgement);
    console.log(linesOf(judgement, values.log).join('\n'));
  },
});
if (seed === undefined && names === undefined && !values.proxy) await writePage(judgements);
const broken = judgements.filter((judgement) => judgement.broken.length > 0);
console.log(`${worlds.length} worlds, ${broken.length} with a broken law`);
process.exitCode = broken.length === 0 ? 0 : 1;
