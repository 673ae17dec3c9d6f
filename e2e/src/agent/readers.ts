// A program: readers that ask an agent for its token, each once a second by a connection of its own; a tenth of them ask a plain server too. Prints
// what they got, as JSON.
import { quantile } from '@worker-auth/workspace/quantile';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ReadersReport } from './readers-report.ts';

const [url = '', plainUrl = '', bearerFile = '', count = '1', seconds = '1'] = process.argv.slice(2);
const headers = { authorization: `Bearer ${readFileSync(bearerFile, 'utf8')}` };
const endsAt = performance.now() + Number(seconds) * 1_000;
const [timesMs, plainMs]: [number[], number[]] = [[], []];
const tokens = new Map<string, number>();
const failures = new Map<string, number>();
let expired = 0;

interface Answer {
  readonly status: number | undefined;
  readonly text: string;
}

function ask(from: string, agent: Agent): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  request(`${from}/token`, { agent, headers }, (response) => {
    let text = '';
    response.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    response.on('error', reject).on('end', () => {
      resolve({ status: response.statusCode, text });
    });
  })
    .on('error', reject)
    .end();
  return promise;
}

/** When a JWT ends, in seconds. */
function endOf(token: string): number {
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as {
    exp: number;
  };
  return claims.exp;
}

async function read(number: number): Promise<void> {
  const options = { keepAlive: true, maxSockets: 1 };
  const [agent, plain] = [new Agent(options), new Agent(options)];
  await sleep(number);
  for (let turn = 0; performance.now() < endsAt; turn++) {
    const startedAt = performance.now();
    try {
      const { status, text } = await ask(url, agent);
      // The first answer of each has the connection in it.
      if (turn > 0) timesMs.push(performance.now() - startedAt);
      if (status !== 200) throw new Error(`status ${status}`);
      const { access_token: token } = JSON.parse(text) as { access_token: string };
      const end = tokens.get(token) ?? endOf(token);
      tokens.set(token, end);
      if (end * 1_000 <= Date.now()) expired++;
    } catch (error) {
      const { message } = error as Error;
      failures.set(message, (failures.get(message) ?? 0) + 1);
    }
    if (number % 10 === 0) await readPlain(plain, turn);
    await sleep(startedAt + 1_000 - performance.now());
  }
  agent.destroy();
  plain.destroy();
}

async function readPlain(agent: Agent, turn: number): Promise<void> {
  const startedAt = performance.now();
  await ask(plainUrl, agent).catch(() => undefined);
  if (turn > 0) plainMs.push(performance.now() - startedAt);
}

await Promise.all(Array.from({ length: Number(count) }, (_, number) => read(number)));
const report: ReadersReport = {
  answers: timesMs.length,
  expired,
  failures: Object.fromEntries(failures),
  tokens: [...tokens.keys()].map((token) => createHash('sha256').update(token).digest('hex')),
  medianMs: quantile(timesMs, 0.5),
  p99Ms: quantile(timesMs, 0.99),
  plainMedianMs: quantile(plainMs, 0.5),
  plainP99Ms: quantile(plainMs, 0.99),
};
console.log(JSON.stringify(report));
