import { seededRandom } from '@worker-auth/workspace/seeded-random';

export const second = 1_000;
export const minute = 60 * second;
export const hour = 60 * minute;

/** What a server does with a request. Nothing said: it gives a token at once. */
export interface Answer {
  /** When the answer is there; infinite for a server that hangs. */
  readonly afterMs?: number;
  /** Of a connection that fails. */
  readonly code?: string;
  readonly status?: number;
  readonly retryAfterSeconds?: number;
  /** In place of a token. */
  readonly text?: string;
}

/** A request as servers see it: when it is sent, and when its connection was opened. */
export interface Asked {
  readonly atMs: number;
  readonly connectedAtMs: number;
}

/** A token endpoint, the life of its tokens, and the time that is looked at, from 0 on. */
export interface World {
  readonly endMs: number;
  readonly lifetimeMs: number;
  answer(asked: Asked): Answer;
}

const good: Answer = {};

/** What servers and networks do on a bad day, by chance from 0 to 1. */
export const faults: Readonly<Record<string, (chance: number) => Answer>> = {
  'rejects connections': () => ({ code: 'ECONNREFUSED' }),
  'resets connections': () => ({ code: 'ECONNRESET' }),
  hangs: () => ({ afterMs: Infinity }),
  'is slow, 5 s': () => ({ afterMs: 5 * second }),
  '500': () => ({ status: 500 }),
  '503': () => ({ status: 503 }),
  '429': () => ({ status: 429 }),
  'broken JSON': () => ({ text: '{"access_token":"ab' }),
};

/** One of two servers behind one name does not know the client yet. */
export function half401(chance: number): Answer {
  return chance < 0.5 ? { status: 401, text: '{"error":"invalid_client"}' } : good;
}

/** From the least to the most, in milliseconds. */
type Range = readonly [leastMs: number, mostMs: number];

/** How long a world is well and ill in turns, and its tokens live. */
export interface Weather {
  readonly lifetimeMs: number;
  readonly goodMs: Range;
  readonly badMs: Range;
}

/** All eight faults in a random order, or one of them eight times, with good time in between and after. */
export function badDay({ lifetimeMs, goodMs, badMs }: Weather, seed: number, fault?: string): World {
  const random = seededRandom(seed);
  const between = ([leastMs, mostMs]: Range): number => leastMs + (mostMs - leastMs) * random();
  const order = Object.keys(faults)
    .map((name) => ({ name: fault ?? name, place: random() }))
    .sort((one, other) => one.place - other.place);
  let toMs = 0;
  const outages = order.map(({ name }) => {
    const fromMs = toMs + between(goodMs);
    toMs = fromMs + between(badMs);
    return { name, fromMs, toMs };
  });
  return {
    endMs: toMs + 30 * second,
    lifetimeMs,
    answer: ({ atMs }) => {
      const outage = outages.find((each) => each.fromMs <= atMs && atMs < each.toMs);
      return outage === undefined ? good : (faults[outage.name]?.(random()) ?? good);
    },
  };
}

/** A server that is away from `fromMs` to `toMs`, and well before and after. */
export function outage(answer: Answer, fromMs: number, toMs: number, lifetimeMs: number): World {
  return {
    endMs: toMs + 2 * minute,
    lifetimeMs,
    answer: ({ atMs }) => (fromMs <= atMs && atMs < toMs ? answer : good),
  };
}

/** Lets no more requests through than a number in any window; the rest get `answer`. Rejections count where a quota says so. */
export function limited(
  { quota, windowMs, countsRejections }: { quota: number; windowMs: number; countsRejections: boolean },
  answer: Answer,
  world: Omit<World, 'answer'>,
  usedAtMs: number[] = [],
): World {
  return {
    ...world,
    answer: ({ atMs }) => {
      while (usedAtMs[0] !== undefined && atMs - usedAtMs[0] >= windowMs) usedAtMs.shift();
      const isRejected = usedAtMs.length >= quota;
      if (!isRejected || countsRejections) usedAtMs.push(atMs);
      return isRejected ? answer : good;
    },
  };
}

/** A name that moves at `movedAtMs` from a host that answers 503 to one that is well: connections that are kept lead to the old one. */
export function movedHost(movedAtMs: number): World {
  return {
    endMs: movedAtMs + 2 * minute,
    lifetimeMs: 5 * minute,
    answer: ({ connectedAtMs }) => (connectedAtMs < movedAtMs ? { status: 503 } : good),
  };
}
