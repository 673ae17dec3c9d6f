import { seededRandom } from '@worker-auth/workspace/seeded-random';
import { type Case, seedsTo } from './case.ts';
import { loop, ours } from './clients.ts';
import type { Course } from './course.ts';
import { engineStart } from './engine-start.ts';
import { badDay, faults, half401, hour, minute, outage, second, type Weather, type World } from './world.ts';

/** The most that ours may come to, as a multiple of a loop's: time without a token, and requests. */
interface Ratios {
  readonly share?: number;
  readonly requests?: number;
}

/** Beside loops of 1 s and 5 s, in one world a seed. */
function beside(
  title: string,
  seeds: number,
  worldOf: (seed: number) => World,
  mostOf: { readonly '1 s'?: Ratios; readonly '5 s'?: Ratios },
  run: (world: World, seed: number) => Promise<Course> = async (world, seed) => {
    const [course] = await ours(world, [seed]);
    if (course === undefined) throw new Error('There is one for each seed');
    return course;
  },
): Case {
  return {
    title,
    seeds,
    judge: async (count) => {
      const sums = {
        ours: { share: 0, requests: 0 },
        '1 s': { share: 0, requests: 0 },
        '5 s': { share: 0, requests: 0 },
      };
      for (const seed of seedsTo(count)) {
        const { endMs } = worldOf(seed);
        const courses = {
          ours: await run(worldOf(seed), seed),
          '1 s': loop(worldOf(seed), second),
          '5 s': loop(worldOf(seed), 5 * second),
        };
        for (const who of ['ours', '1 s', '5 s'] as const) {
          sums[who].share += courses[who].withoutShare(endMs) / count;
          sums[who].requests += courses[who].requestsIn(0, endMs) / count;
        }
      }
      const bars = (['1 s', '5 s'] as const).flatMap((who) => {
        const { share, requests } = mostOf[who] ?? {};
        return [
          ...(share === undefined
            ? []
            : [
                {
                  what: `time without a token, of the loop of ${who}`,
                  figure: ratio(sums.ours.share, sums[who].share),
                  most: share,
                },
              ]),
          ...(requests === undefined
            ? []
            : [
                {
                  what: `requests, of the loop of ${who}`,
                  figure: ratio(sums.ours.requests, sums[who].requests),
                  most: requests,
                },
              ]),
        ];
      });
      const cells = [sums.ours, sums['1 s'], sums['5 s']].map(
        ({ share, requests }) => `${(100 * share).toFixed(1)} %, ${requests.toFixed(0)}`,
      );
      return { cells, bars };
    },
  };
}

/** Nothing is no more than nothing. */
function ratio(one: number, other: number): number {
  return one === 0 ? 0 : one / other;
}

function weather(
  lifetimeSeconds: number,
  good: readonly [number, number],
  bad: readonly [number, number],
): Weather {
  const ms = ([least, most]: readonly [number, number]): readonly [number, number] => [
    least * second,
    most * second,
  ];
  return { lifetimeMs: lifetimeSeconds * second, goodMs: ms(good), badMs: ms(bad) };
}

const minutes = weather(60, [10, 240], [10, 240]);

/** Beside the loops: the share of the time without a token, and the requests. */
export const comparisons: readonly Case[] = [
  beside(
    'eight faults of 1 to 10 min, tokens of 300 s',
    20,
    (seed) => badDay(weather(300, [60, 600], [60, 600]), seed),
    {
      '1 s': { share: 1.2, requests: 0.8 },
      '5 s': { share: 1.2, requests: 0.8 },
    },
  ),
  beside('eight faults of 10 s to 4 min, tokens of 60 s', 20, (seed) => badDay(minutes, seed), {
    '1 s': { share: 1.2, requests: 0.8 },
    '5 s': { share: 1.2, requests: 0.8 },
  }),
  // Here a wait of 8 to 10 s from the first failure on would have 0.8 of the requests of 5 s; what is well at once waited for that as well.
  beside(
    'eight faults of 2 to 60 s, tokens of 20 s',
    20,
    (seed) => badDay(weather(20, [2, 60], [2, 60]), seed),
    {
      '1 s': { share: 1.2, requests: 0.8 },
      '5 s': { share: 1.2 },
    },
  ),
  beside('the same, good for 1 to 5 s in between', 20, (seed) => badDay(weather(20, [1, 5], [2, 60]), seed), {
    '1 s': { requests: 0.8 },
    '5 s': { share: 1.2 },
  }),
  ...Object.keys(faults).map((fault) =>
    beside(
      `${fault}, eight times for 10 s to 4 min, tokens of 60 s`,
      4,
      (seed) => badDay(minutes, seed, fault),
      {
        '1 s': { share: 1.5 },
        '5 s': { share: 1.5 },
      },
    ),
  ),
  beside(
    'a 401 from one of two servers, tokens of 20 s',
    10,
    (seed) => {
      const random = seededRandom(seed);
      return { endMs: 20 * minute, lifetimeMs: 20 * second, answer: () => half401(random()) };
    },
    { '1 s': { share: 1.5 }, '5 s': { share: 1.5 } },
  ),
  beside(
    'a start of the engine, Temporal away for 2 to 120 s',
    20,
    (seed) => outage({ code: 'ECONNREFUSED' }, 0, (2 + 118 * seededRandom(seed)()) * second, hour),
    { '1 s': { requests: 0.8 }, '5 s': { share: 1.2 } },
    engineStart,
  ),
];
