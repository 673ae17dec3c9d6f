import { median } from '@worker-auth/workspace/quantile';
import { seededRandom } from '@worker-auth/workspace/seeded-random';
import { type Case, seedsTo, type Verdict } from './case.ts';
import { ours } from './clients.ts';
import { hour, limited, minute, movedHost, outage, second } from './world.ts';

/** Ours alone. */
export const promises: readonly Case[] = [
  ...[1, 10, 60, 600, 3_600].map((asked): Case => {
    const status = asked > 600 ? 429 : 503;
    return {
      title: `a lone process, ${status} with \`Retry-After: ${asked}\``,
      seeds: 200,
      judge: async (count: number): Promise<Verdict> => {
        const askedMs = asked * second;
        const world = outage({ status, retryAfterSeconds: asked }, 0, askedMs, hour);
        const courses = await ours({ ...world, endMs: 3 * askedMs }, seedsTo(count));
        const moreMs = courses.map((course) => course.tokenAfter(0) - askedMs);
        const most = Math.min(askedMs, Math.max(minute, askedMs / 10)) / second;
        const figure = Math.max(...moreMs) / second;
        return {
          cells: [
            `back after it by ${(median(moreMs) / second).toFixed(1)} s, at most ${figure.toFixed(1)} s`,
          ],
          bars: [{ what: 'seconds more than what was asked', figure, most: most + 0.001 }],
        };
      },
    };
  }),
  {
    title: '1,000 cold processes, 30 requests a second, 429 with `Retry-After: 60`',
    seeds: 1_000,
    isFleet: true,
    judge: async (count: number): Promise<Verdict> => {
      const limit = { quota: 30, windowMs: second, countsRejections: false };
      const world = limited(
        limit,
        { status: 429, retryAfterSeconds: 60 },
        { endMs: 10 * minute, lifetimeMs: hour },
      );
      const courses = await ours(world, seedsTo(count));
      const doneMs = Math.max(...courses.map((course) => course.tokenAfter(0)));
      const requests = courses.reduce((sum, course) => sum + course.requestsIn(0, doneMs + 1), 0);
      return {
        cells: [`all have a token after ${(doneMs / second).toFixed(0)} s, with ${requests} requests`],
        bars: [{ what: 'seconds until the last has one', figure: doneMs / second, most: 230 }],
      };
    },
  },
  {
    title: 'a quota of 10 an hour that counts rejections, used up by others, 429 without a time',
    seeds: 20,
    judge: async (count: number): Promise<Verdict> => {
      const courses = [];
      for (const seed of seedsTo(count)) {
        const limit = { quota: 10, windowMs: hour, countsRejections: true };
        const world = { endMs: 4 * hour, lifetimeMs: 24 * hour };
        const used = Array.from({ length: 10 }, () => 0);
        courses.push(...(await ours(limited(limit, { status: 429 }, world, used), [seed])));
      }
      const doneMs = Math.max(...courses.map((course) => course.tokenAfter(0)));
      const requests = Math.max(...courses.map((course) => course.requestsIn(0, 4 * hour)));
      return {
        cells: [
          `a token after ${(doneMs / minute).toFixed(0)} min at most, with at most ${requests} requests`,
        ],
        bars: [
          { what: 'minutes until there is a token', figure: doneMs / minute, most: 240 },
          { what: 'requests', figure: requests, most: 40 },
        ],
      };
    },
  },
  {
    title: 'a name that moves from a host that answers 503 on kept connections',
    seeds: 50,
    judge: async (count: number): Promise<Verdict> => {
      const courses = await ours(movedHost(30 * second), seedsTo(count));
      const figure = Math.max(...courses.map((course) => course.tokenAfter(0) - 30 * second)) / second;
      return {
        cells: [`back ${figure.toFixed(1)} s after it moved, at most`],
        bars: [{ what: 'seconds until it is back', figure, most: 60 }],
      };
    },
  },
  {
    title: '10 min of 503, tokens of 300 s',
    seeds: 40,
    judge: async (count: number): Promise<Verdict> => {
      let figure = 0;
      for (const seed of seedsTo(count)) {
        const fromMs = (5 + 5 * seededRandom(seed)()) * minute;
        const [course] = await ours(outage({ status: 503 }, fromMs, fromMs + 10 * minute, 5 * minute), [
          seed,
        ]);
        figure += (course?.requestsIn(fromMs, fromMs + 10 * minute) ?? Infinity) / count;
      }
      return {
        cells: [`${figure.toFixed(1)} requests a process in these 10 min`],
        bars: [{ what: 'requests a process', figure, most: 60 }],
      };
    },
  },
];
