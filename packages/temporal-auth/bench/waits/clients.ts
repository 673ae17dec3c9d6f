import { FakeClock } from '@worker-auth/testing-fakes';
import { TokenManager } from '@worker-auth/token-manager';
import { seededRandom } from '@worker-auth/workspace/seeded-random';
import { Course } from './course.ts';
import { type Answer, minute, second, type World } from './world.ts';

/** How long an answer is waited for, at first and after time-outs in a row: the loops have our deadlines. */
const deadlinesMs = [10 * second, 30 * second, minute] as const;

/** A connection that nobody uses is kept for so long, in milliseconds. */
const keptMs = minute;

/** Asks when four fifths of a token's life have passed, and again `everyMs` after each failure. Each request has a new connection. */
export function loop(world: World, everyMs: number): Course {
  const course = new Course();
  let [atMs, timeouts] = [0, 0];
  while (atMs < world.endMs) {
    course.requestedAtMs.push(atMs);
    const answer = world.answer({ atMs, connectedAtMs: atMs });
    const deadlineMs = deadlinesMs[timeouts] ?? minute;
    const { afterMs = 0 } = answer;
    const tookMs = Math.min(afterMs, deadlineMs);
    if (afterMs > deadlineMs) timeouts = Math.min(timeouts + 1, 2);
    else if (isToken(answer)) {
      timeouts = 0;
      course.give(atMs + tookMs, atMs + world.lifetimeMs);
      atMs += Math.max(tookMs, 0.8 * world.lifetimeMs);
      continue;
    }
    atMs += tookMs + everyMs;
  }
  return course;
}

/** A started `TokenManager` with the default rules for each seed, all in one world. */
export async function ours(world: World, seeds: readonly number[]): Promise<readonly Course[]> {
  await loaded;
  const clock = new FakeClock();
  const startMs = clock.monotonicNow();
  const nowMs = (): number => clock.monotonicNow() - startMs;
  const clients = seeds.map((seed) => {
    const course = new Course();
    const connection = { openedAtMs: -Infinity, usedAtMs: -Infinity };
    const manager = new TokenManager({
      ...client,
      clock,
      random: seededRandom(-seed),
      fetch: (_url, { signal, headers }) => {
        const atMs = nowMs();
        if (atMs - connection.usedAtMs > keptMs) connection.openedAtMs = atMs;
        course.requestedAtMs.push(atMs);
        const answer = world.answer({ atMs, connectedAtMs: connection.openedAtMs });
        const isKept = answer.code === undefined && new Headers(headers).get('connection') !== 'close';
        connection.usedAtMs = isKept ? atMs : -Infinity;
        return respond(answer, world.lifetimeMs, clock, signal);
      },
    });
    manager.on('tokenRefreshed', () => {
      course.give(nowMs(), nowMs() + (manager.remainingMs ?? 0));
    });
    manager.start();
    return { manager, course };
  });
  await clock.advance(world.endMs);
  await Promise.all(clients.map(({ manager }) => manager.stop()));
  return clients.map(({ course }) => course);
}

const client = {
  tokenUrl: 'https://idp.example/token',
  credentials: { clientId: 'worker', clientSecret: 's3cret' },
};

/** What the first request loads takes real time. */
const loaded = new TokenManager({
  ...client,
  fetch: () =>
    Promise.resolve(Response.json({ access_token: 'token', token_type: 'Bearer', expires_in: 60 })),
}).getToken();

function isToken({ code, status, text }: Answer): boolean {
  return code === undefined && status === undefined && text === undefined;
}

let tokens = 0;

function respond(
  { afterMs = 0, code, status = 200, retryAfterSeconds, text }: Answer,
  lifetimeMs: number,
  clock: FakeClock,
  signal: AbortSignal | null | undefined,
): Promise<Response> {
  const token = { access_token: `token-${++tokens}`, token_type: 'Bearer', expires_in: lifetimeMs / second };
  const headers = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
  return new Promise((resolve, reject) => {
    signal?.addEventListener('abort', () => {
      reject(signal.reason as Error);
    });
    const settle = (): void => {
      if (code === undefined) resolve(new Response(text ?? JSON.stringify(token), { status, headers }));
      else reject(new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) }));
    };
    if (afterMs === 0) settle();
    else if (afterMs < Infinity) clock.startTimer(settle, afterMs);
  });
}
