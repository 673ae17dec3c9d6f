import { FakeClock } from '@worker-auth/testing-fakes';
import { seededRandom } from '@worker-auth/workspace/seeded-random';
import { beforeAll, expect, it } from 'vitest';
import { TokenManager } from '../src/index.ts';

const seconds = 1_000;

/** Tokens so short that few outages pass unnoticed. */
const lifetimeMs = 20 * seconds;

const requestTimeoutMs = 10 * seconds;

/** How long the slow server takes. */
const slowMs = 5 * seconds;

const seeds = 150;

type Fault = 'rejects' | 'resets' | 'hangs' | 'is slow' | '500' | '503' | '429' | 'broken JSON';

const faults: readonly Fault[] = [
  'rejects',
  'resets',
  'hangs',
  'is slow',
  '500',
  '503',
  '429',
  'broken JSON',
];

let tokens = 0;

const goodResponse = (): Response => {
  const body = { access_token: `token-${++tokens}`, token_type: 'Bearer', expires_in: lifetimeMs / seconds };
  return new Response(JSON.stringify(body));
};

/** All eight faults in a random order, each for 2 to 60 s, with good seconds in between. */
class World {
  readonly endMs: number;
  requests = 0;
  readonly #outages: readonly { readonly fault: Fault; readonly fromMs: number; readonly toMs: number }[];
  /** From when to when each token is good. */
  readonly #tokens: (readonly [fromMs: number, toMs: number])[] = [];

  constructor(seed: number, goodSeconds: readonly [number, number]) {
    const random = seededRandom(seed);
    const between = (least: number, most: number): number => seconds * (least + (most - least) * random());
    const order = faults.map((fault) => ({ fault, place: random() })).sort((a, b) => a.place - b.place);
    let toMs = 0;
    this.#outages = order.map(({ fault }) => {
      const fromMs = toMs + between(...goodSeconds);
      toMs = fromMs + between(2, 60);
      return { fault, fromMs, toMs };
    });
    this.endMs = toMs + 30 * seconds;
  }

  request(atMs: number): Fault | undefined {
    const fault = this.#outages.find(({ fromMs, toMs }) => fromMs <= atMs && atMs < toMs)?.fault;
    this.requests++;
    return fault;
  }

  give(fromMs: number, toMs: number): void {
    this.#tokens.push([fromMs, Math.min(toMs, this.endMs)]);
  }

  get withoutShare(): number {
    let [goodMs, doneMs] = [0, 0];
    for (const [fromMs, toMs] of this.#tokens) {
      goodMs += Math.max(0, toMs - Math.max(fromMs, doneMs));
      doneMs = Math.max(doneMs, toMs);
    }
    return 1 - goodMs / this.endMs;
  }
}

/** Asks each second while there is no token, with a deadline of 10 s. As ours it asks again at once when a connection was reset. */
function naive(world: World): void {
  let atMs = 0;
  while (atMs < world.endMs) {
    const fault = world.request(atMs);
    if (fault === 'resets') world.requests++;
    const tookMs = fault === 'hangs' ? requestTimeoutMs : fault === 'is slow' ? slowMs : 0;
    const isGood = fault === undefined || fault === 'is slow';
    if (isGood) world.give(atMs + tookMs, atMs + lifetimeMs);
    atMs += isGood ? lifetimeMs : tookMs + seconds;
  }
}

async function ours(world: World, seed: number): Promise<void> {
  const clock = new FakeClock();
  // Responses are read before time goes on.
  const release = clock.holdWhile({ isUnderWay: () => false, description: 'reading of responses' });
  const startMs = clock.monotonicNow();
  const respond = (fault: Fault | undefined, signal: AbortSignal | null | undefined): Promise<Response> =>
    new Promise((resolve, reject) => {
      signal?.addEventListener('abort', () => {
        reject(signal.reason as Error);
      });
      const failed = (code: string): void => {
        reject(new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) }));
      };
      if (fault === 'rejects') failed('ECONNREFUSED');
      else if (fault === 'resets') failed('ECONNRESET');
      else if (fault === 'is slow')
        clock.startTimer(() => {
          resolve(goodResponse());
        }, slowMs);
      else if (fault === 'broken JSON') resolve(new Response('{"access_token":"ab'));
      else if (fault === undefined) resolve(goodResponse());
      else if (fault !== 'hangs') resolve(new Response('no', { status: Number(fault) }));
    });
  const manager = new TokenManager({
    ...{ tokenUrl: 'https://idp.example/token', timeoutMs: requestTimeoutMs },
    ...{ credentials: { clientId: 'worker', clientSecret: 's3cret' }, clock, random: seededRandom(-seed) },
    fetch: (_url, { signal }) => respond(world.request(clock.monotonicNow() - startMs), signal),
  });
  manager.on('tokenRefreshed', () => {
    const nowMs = clock.monotonicNow() - startMs;
    world.give(nowMs, nowMs + (manager.remainingMs ?? 0));
  });
  manager.start();
  await clock.advance(world.endMs);
  await manager.stop();
  release();
}

beforeAll(async () => {
  // What the first request loads takes real time.
  const manager = new TokenManager({
    ...{ tokenUrl: 'https://idp.example/token', credentials: { clientId: 'worker', clientSecret: 's3cret' } },
    fetch: () => Promise.resolve(goodResponse()),
  });
  await manager.getToken();
  await manager.stop();
});

it.each([
  [1, 5],
  [2, 60],
])(
  'costs at most 1.2 x the time without a token and 0.8 x the requests of a loop of 1 s: good for %i to %i s',
  async (...goodSeconds) => {
    const without = { ours: 0, naive: 0 };
    const requests = { ours: 0, naive: 0 };
    for (let seed = 1; seed <= seeds; seed++) {
      const worlds = { ours: new World(seed, goodSeconds), naive: new World(seed, goodSeconds) };
      naive(worlds.naive);
      await ours(worlds.ours, seed);
      for (const who of ['ours', 'naive'] as const) {
        without[who] += worlds[who].withoutShare;
        requests[who] += worlds[who].requests;
      }
    }
    expect(without.ours / without.naive).toBeLessThanOrEqual(1.2);
    expect(requests.ours / requests.naive).toBeLessThanOrEqual(0.8);
  },
  60_000,
);
