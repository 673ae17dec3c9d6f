import { setTimeout as sleep } from 'node:timers/promises';
import { type CredentialSource, TokenManager } from '../src/index.ts';
import { type BadAnswer, badAnswers, type Client, type FaultyEndpoint, recover } from './faulty-endpoint.ts';

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

/** All lines, in the table's order. */
export const scenarios: readonly Scenario[] = [
  ...Object.entries(badAnswers).flatMap(([name, badAnswer]): Scenario[] => [
    { title: `${name}, cold`, bars: { maxMs: 10 * second, mayLose: true }, run: coldStart(badAnswer) },
    {
      title: `${name}, refresh of 60 s`,
      bars: { maxMs: 10 * second, mayLose: true },
      run: refresh(badAnswer, 60 * second),
    },
    {
      title: `${name}, refresh of 300 s`,
      bars: { maxMs: 10 * second, mayLose: false },
      run: refresh(badAnswer, 300 * second),
    },
  ]),
  ...[60, 240].map((seconds) => ({
    title: `${seconds} s of 503, cold`,
    bars: { maxMs: 21 * second, medianMs: 12 * second, mayLose: true },
    run: outage(seconds * second),
  })),
  {
    title: 'secret right in the store after 10 s',
    bars: { maxMs: 6 * second, mayLose: true },
    run: lateSecret(10 * second),
  },
];

/** The first answer of all is bad. */
function coldStart(badAnswer: BadAnswer): Scenario['run'] {
  return async (endpoint) => {
    const client = endpoint.open(300 * second, secret);
    Object.assign(client, { badAnswer, isOverAtOnce: true });
    return await observe(
      client,
      sourceOf(() => secret),
    );
  };
}

/** The first answer at the refresh of a token is bad. */
function refresh(badAnswer: BadAnswer, lifetimeMs: number): Scenario['run'] {
  return async (endpoint) => {
    const client = endpoint.open(lifetimeMs, secret);
    return await observe(
      client,
      sourceOf(() => secret),
      () => {
        Object.assign(client, { badAnswer, isOverAtOnce: true });
      },
    );
  };
}

/** Every answer is 503 from the start on, for so long. */
function outage(durationMs: number): Scenario['run'] {
  return async (endpoint) => {
    const client = endpoint.open(300 * second, secret);
    client.badAnswer = badAnswers['503'];
    setTimeout(recover, durationMs, client);
    return await observe(
      client,
      sourceOf(() => secret),
    );
  };
}

/** The store has the right secret only after a while. */
function lateSecret(afterMs: number): Scenario['run'] {
  return async (endpoint) => {
    const client = endpoint.open(300 * second, secret);
    let stored = 'old';
    setTimeout(() => {
      stored = secret;
      recover(client);
    }, afterMs);
    return await observe(
      client,
      sourceOf(() => stored),
    );
  };
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

/** @param onFirstToken called with the first token that comes while the endpoint has not been bad yet */
async function observe(
  client: Client,
  credentials: CredentialSource,
  onFirstToken: () => void = () => undefined,
): Promise<Outcome> {
  await using tokens = new TokenManager({ tokenUrl: client.tokenUrl, credentials });
  let [hadToken, isLost] = [false, false];
  tokens.on('tokenExpired', () => (isLost = true));
  const gotNewToken = new Promise<number>((resolve) => {
    tokens.on('tokenRefreshed', () => {
      if (client.goodAtMs === undefined) {
        hadToken = true;
        onFirstToken();
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
