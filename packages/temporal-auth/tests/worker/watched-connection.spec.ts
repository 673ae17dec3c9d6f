import { beforeAll, describe, expect, it } from 'vitest';
import { quietRuntime } from '../support/quiet-runtime.ts';
import { openScene, passUntil, type Scene } from '../support/scene.ts';

beforeAll(quietRuntime);

const probe = 'RecordWorkerHeartbeat';
const activities = { countRows: () => Promise.resolve(1) };

/** A client with a connection for workers. */
async function openWatched(scene: Scene): Promise<void> {
  const client = scene.createClient();
  await client.load();
  await client.createWorker({ activities });
}

/** The tokens that Temporal was asked about, by their fingerprints. */
function probes({ temporal }: Scene): readonly (string | undefined)[] {
  return temporal.tokensOf(probe);
}

describe('the connection of the workers', () => {
  it('is probed as soon as it is there', async () => {
    await using scene = await openScene();
    await openWatched(scene);
    const onceForTheRightToWrite = 1;
    await scene.temporal.until(() => probes(scene).length > onceForTheRightToWrite);
    expect(new Set(probes(scene))).toEqual(new Set(scene.issuedFingerprints()));
  });

  it('gets another token when Temporal refuses the one that it has, and the log tells of both', async () => {
    await using scene = await openScene();
    await openWatched(scene);
    await scene.temporal.until(() => probes(scene).length > 0);
    scene.temporal.injectFault('permissionDenied', { token: 1 });
    await passUntil(scene, () => scene.log.matching('takes the access token again').length > 0);
    expect(scene.oauth.issuedTokens).toHaveLength(2);
    expect(probes(scene).at(-1)).toBe(scene.issuedFingerprints()[1]);
    expect(scene.log.text()).toMatch(
      /WARN Temporal refuses the access token; another one is requested: Temporal at \S+ refused the call for namespace "default": Request unauthorized\./,
    );
    expect(scene.log.text()).toMatch(/INFO Temporal takes the access token again, after [\d.]+ s/);
    expect(scene.log.text()).not.toContain(scene.oauth.issuedTokens[0]);
  });

  it('is described to a server that knows no worker heartbeat', async () => {
    await using scene = await openScene();
    scene.temporal.failWith({ status: 'UNIMPLEMENTED', message: 'unknown method' }, probe);
    const described = (): number => scene.temporal.tokensOf('DescribeNamespace').length;
    // One by load(), one by the worker.
    await openWatched(scene);
    await scene.temporal.until(() => described() > 2);
    const asked = probes(scene).length;
    await passUntil(scene, () => described() > 3);
    expect(probes(scene)).toHaveLength(asked);
    expect(scene.log.messages('WARN')).toEqual([]);
  });

  it('asks for no token while Temporal does not answer, and tells so once', async () => {
    await using scene = await openScene();
    await openWatched(scene);
    await scene.temporal.until(() => probes(scene).length > 0);
    scene.temporal.failWith('neverAnswers', probe);
    await passUntil(scene, () => scene.log.matching('does not answer').length > 0);
    const asked = probes(scene).length;
    await passUntil(scene, () => probes(scene).length > asked + 2);
    expect(scene.log.matching('does not answer')).toHaveLength(1);
    expect(scene.oauth.issuedTokens).toHaveLength(1);
    scene.temporal.recover();
    await passUntil(scene, () => scene.log.matching('takes the access token again').length > 0);
  });

  it('is probed no more once it is closed', async () => {
    await using scene = await openScene();
    const client = scene.createClient();
    await client.load();
    await client.createWorker({ activities });
    await scene.temporal.until(() => probes(scene).length > 0);
    await client.close();
    const asked = probes(scene).length;
    await scene.clock.advance(60_000);
    expect(scene.clock.pendingTimers).toBe(0);
    expect(probes(scene)).toHaveLength(asked);
  });

  it('is not probed when authentication is off', async () => {
    await using scene = await openScene({ acceptToken: () => true });
    const client = scene.createClient({ authEnabled: false });
    await client.load();
    await client.createWorker({ activities });
    const asked = probes(scene).length;
    await scene.clock.advance(60_000);
    expect(probes(scene)).toHaveLength(asked);
  });
});
