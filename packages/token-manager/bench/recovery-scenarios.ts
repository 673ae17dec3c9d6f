import { setTimeout as sleep } from 'node:timers/promises';
import { TokenManager } from '../src/tokens/token-manager.ts';
import type { CredentialSource } from '@worker-auth/internal';
import { badAnswers, type Client, type FaultyEndpoint, recover } from './faulty-endpoint.ts';

const second = 1_000;
const secret = 's3cret';

/** A run that has no new token so long after the endpoint is good is given up. */
const giveUpAfterMs = 180 * second;

/** What a worker whose token was asked for when the endpoint was bad went through. */
export interface Outcome {
  /** From the moment that the endpoint was good to a new token; `Infinity` when it was given up. */
  readonly newTokenAfterMs: number;
  /** Whether there was a token before it. */
  readonly hadToken: boolean;
  /** Whether that one ended first. */
  readonly isLost: boolean;
  /** From the first to the new token, the first included where there was one. */
  readonly requests: number;
}

/** The most that the outcomes of a scenario may come to. */
export interface Bars {
  /** For every run: until it has a good token, which is at once while the one before is good. */
  readonly maxMs: number;
  readonly medianMs?: number;
  readonly mayLose: boolean;
}

/** One line of the table. */
export interface Scenario {
  readonly title: string;
  readonly bars: Bars;
  /** One run, from a new manager to its new token. */
  readonly run: (endpoint: FaultyEndpoint) => Promise<Outcome>;
}

/** What a client goes through. */
interface Course {
  /** Of its tokens. Default 300 s. */
  readonly lifetimeMs?: number;
  readonly onStart?: (client: Client) => void;
  /** Called with the first token that comes while the endpoint has not been bad yet. */
  readonly onFirstToken?: (client: Client) => void;
  /** When the store has the right secret. Default from the start on. */
  readonly secretAfterMs?: number;
}

const soon = 10 * second;

/** All lines, in the table's order. */
export const scenarios: readonly Scenario[] = [
  ...Object.entries(badAnswers).flatMap(([name, badAnswer]): Scenario[] => {
    const once = (client: Client): void => void Object.assign(client, { badAnswer, isOverAtOnce: true });
    const refresh = (lifetimeMs: number): Course => ({ lifetimeMs, onFirstToken: once });
    return [
      scenario(`${name}, cold`, { maxMs: soon, mayLose: true }, { onStart: once }),
      scenario(`${name}, refresh of 60 s`, { maxMs: soon, mayLose: true }, refresh(60 * second)),
      scenario(`${name}, refresh of 300 s`, { maxMs: soon, mayLose: false }, refresh(300 * second)),
    ];
  }),
  ...[60, 240].map((seconds) =>
    scenario(
      `${seconds} s of 503, cold`,
      { maxMs: 21 * second, medianMs: 12 * second, mayLose: true },
      {
        onStart: (client) => {
          client.badAnswer = badAnswers['503'];
          setTimeout(recover, seconds * second, client);
        },
      },
    ),
  ),
  scenario(
    'secret right in the store after 10 s',
    { maxMs: 6 * second, mayLose: true },
    { secretAfterMs: 10 * second },
  ),
];

function scenario(title: string, bars: Bars, course: Course): Scenario {
  return { title, bars, run: (endpoint) => observe(endpoint, course) };
}

/** A source that remembers what it read until it is told to forget, as those of `@worker-auth/secret-store` do. */
function sourceOf(readStore: () => string): CredentialSource {
  let remembered: string | undefined;
  return {
    get: () => Promise.resolve({ clientId: 'worker', clientSecret: (remembered ??= readStore()) }),
    invalidate: () => {
      remembered = undefined;
    },
  };
}

async function observe(
  endpoint: FaultyEndpoint,
  { lifetimeMs = 300 * second, secretAfterMs, onStart, onFirstToken }: Course,
): Promise<Outcome> {
  const client = endpoint.open(lifetimeMs, secret);
  let stored = secretAfterMs === undefined ? secret : 'old';
  if (secretAfterMs !== undefined)
    setTimeout(() => {
      stored = secret;
      recover(client);
    }, secretAfterMs);
  onStart?.(client);
  await using tokens = new TokenManager({ tokenUrl: client.tokenUrl, credentials: sourceOf(() => stored) });
  let [hadToken, isLost] = [false, false];
  tokens.on('tokenExpired', () => (isLost = true));
  const gotNewToken = new Promise<number>((resolve) => {
    tokens.on('tokenRefreshed', () => {
      if (client.goodAtMs === undefined) {
        hadToken = true;
        onFirstToken?.(client);
      } else {
        resolve(performance.now() - client.goodAtMs);
      }
    });
  });
  tokens.start();
  const newTokenAfterMs = await Promise.race([gotNewToken, givenUp(client)]);
  return { newTokenAfterMs, hadToken, isLost, requests: client.requests };
}

async function givenUp(client: Client): Promise<number> {
  while (client.goodAtMs === undefined || performance.now() - client.goodAtMs < giveUpAfterMs) {
    await sleep(second, undefined, { ref: false });
  }
  return Infinity;
}
