import { join } from 'node:path';
import { RecordingLogger } from '@worker-auth/testing-fakes';
import { afterEach, beforeAll, expect, it, vi } from 'vitest';
import { runningWorker, watchCreations } from '../support/failing-worker.ts';
import { quietRuntime } from '../support/quiet-runtime.ts';
import { openScene, settled } from '../support/scene.ts';

const page = join(import.meta.dirname, '../../docs/runbook/logs.md');
const activities = { countRows: () => 1 };
const hourMs = 3_600_000;

beforeAll(quietRuntime);
afterEach(() => {
  vi.restoreAllMocks();
});

/** Lines without what differs between two runs. */
function recorded(prefix = () => '') {
  const lines: string[] = [];
  const logger = new RecordingLogger(({ level, message, meta }) => {
    const code = meta?.['code'];
    const text = message.replaceAll(/127\.0\.0\.1:\d+/g, '…').replaceAll(/ See https:\S+/g, '');
    lines.push(`${prefix()}${level.padEnd(5)} ${text}${typeof code === 'string' ? ` code=${code}` : ''}`);
  });
  return { logger, lines };
}

async function day(): Promise<string> {
  await using scene = await openScene({ acceptToken: () => true });
  const { clock, oauth } = scene;
  // Tokens know whole seconds.
  await clock.advance(1_000 - (clock.wallNow() % 1_000));
  const startMs = clock.wallNow();
  const hours = (): number => (clock.wallNow() - startMs) / hourMs;
  const { logger, lines } = recorded(() => `${new Date(hours() * hourMs).toISOString().slice(11, 19)} `);
  const tokens = () => ({ access_token: oauth.mintToken(), token_type: 'Bearer', expires_in: 1_800 });
  const isAway = (): boolean => hours() >= 10 && hours() < 10.5;
  const respond = () => (isAway() ? new Response('', { status: 503 }) : Response.json(tokens()));
  const client = scene.createClient({ logger, fetch: () => Promise.resolve(respond()) });
  await client.load();
  while (hours() < 24) await clock.advance(hourMs / 6);
  return lines.join('\n');
}

async function rollout(): Promise<string> {
  await using scene = await openScene();
  const { logger, lines } = recorded();
  const client = scene.createClient({ logger });
  const creations = watchCreations();
  const running = client.runWorker({ activities });
  await runningWorker(creations, 1);
  await settled(scene, client.close());
  await running;
  return lines.join('\n');
}

it('the page has the lines as they are written; `-u` writes them again', async () => {
  const text = `# Logs of good days

The lines of one client: level, message and code. \`…\` stands for addresses, and URLs of the runbook are left out. See also [bad days](bad-days.md).

## 24 hours

A token lives for half an hour. From 10:00 to 10:30 the OAuth server answers 503. The clock begins at 00:00.

\`\`\`text
${await day()}
\`\`\`

## A rollout

Each pod of a rollout: its worker starts, and is shut down.

\`\`\`text
${await rollout()}
\`\`\`
`;
  await expect(text).toMatchFileSnapshot(page);
});
