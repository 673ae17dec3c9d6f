import { beforeAll, describe, expect, it } from 'vitest';
import { quietRuntime } from '../support/quiet-runtime.ts';
import { openScene, type Scene } from '../support/scene.ts';

beforeAll(quietRuntime);

const probe = 'RecordWorkerHeartbeat';
const activities = { countRows: () => Promise.resolve(1) };
const permissionDenied = { status: 7, message: 'Request unauthorized.' };

/** A client with a connection for workers, whose first probe was answered. */
async function openWatched(scene: Scene, probes = 1): Promise<void> {
  const client = scene.createClient();
  await client.load();
  await client.createWorker({ activities });
  await scene.temporal.until(() => scene.temporal.tokensOf(probe).length >= probes);
}

/** Goes on second by second until the condition holds. */
async function passUntil(scene: Scene, condition: () => boolean): Promise<void> {
  for (let second = 0; !condition(); second++) {
    if (second > 60) throw new Error(`It did not come to that:\n${scene.log.text()}`);
    await scene.clock.advance(1_000);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('the connection of the workers', () => {
  it('is probed as soon as it is there', async () => {
    await using scene = await openScene();
    await openWatched(scene);
    expect(scene.temporal.tokensOf(probe)).toEqual([scene.oauth.issuedTokens[0]]);
  });

  it('gets another token when Temporal refuses the one that it has, and the log tells of both', async () => {
    await using scene = await openScene();
    await openWatched(scene);
    const [first] = scene.oauth.issuedTokens;
    scene.temporal.reply = ({ headers }) =>
      headers.authorization === `Bearer ${first}` ? permissionDenied : 'empty';
    await passUntil(scene, () => scene.log.text().includes('takes the access token again'));
    expect(scene.oauth.issuedTokens).toHaveLength(2);
    expect(scene.temporal.tokensOf(probe).at(-1)).toBe(scene.oauth.issuedTokens[1]);
    expect(scene.log.text()).toMatch(
      /WARN Temporal refuses the access token; another one is requested: Temporal at \S+ refused the call for namespace "default": Request unauthorized\./,
    );
    expect(scene.log.text()).toMatch(/INFO Temporal takes the access token again, after [\d.]+ s/);
    expect(scene.log.text()).not.toContain(first);
  });

  it('is described to a server that knows no worker heartbeat', async () => {
    await using scene = await openScene();
    scene.temporal.reply = ({ method }) =>
      method === probe ? { status: 12, message: 'unknown method' } : 'empty';
    const before = 1;
    const client = scene.createClient();
    await client.load();
    await client.createWorker({ activities });
    const described = (): number => scene.temporal.tokensOf('DescribeNamespace').length;
    await scene.temporal.until(() => described() > before);
    const [once, asked] = [described(), scene.temporal.tokensOf(probe).length];
    await passUntil(scene, () => described() > once);
    expect(scene.temporal.tokensOf(probe)).toHaveLength(asked);
    expect(scene.log.text()).not.toContain('WARN');
  });

  it('asks for no token while Temporal does not answer, and tells so once', async () => {
    await using scene = await openScene();
    await openWatched(scene);
    scene.temporal.reply = ({ method }) => (method === probe ? 'silence' : 'empty');
    await passUntil(scene, () => scene.log.text().includes('does not answer'));
    const asked = scene.temporal.tokensOf(probe).length;
    await passUntil(scene, () => scene.temporal.tokensOf(probe).length > asked + 2);
    expect(scene.log.text().match(/does not answer/g)).toHaveLength(1);
    expect(scene.oauth.issuedTokens).toHaveLength(1);
    scene.temporal.reply = () => 'empty';
    await passUntil(scene, () => scene.log.text().includes('takes the access token again'));
  });

  it('is probed no more once it is closed', async () => {
    await using scene = await openScene();
    const client = scene.createClient();
    await client.load();
    await client.createWorker({ activities });
    await scene.temporal.until(() => scene.temporal.tokensOf(probe).length > 0);
    await client.close();
    const asked = scene.temporal.tokensOf(probe).length;
    await scene.clock.advance(60_000);
    expect(scene.clock.pendingTimers).toBe(0);
    expect(scene.temporal.tokensOf(probe)).toHaveLength(asked);
  });
});
