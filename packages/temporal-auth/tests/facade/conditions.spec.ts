import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { quietRuntime } from '../support/quiet-runtime.ts';
import { openScene, passUntil, type Scene } from '../support/scene.ts';

beforeAll(quietRuntime);
afterEach(() => {
  vi.restoreAllMocks();
});

const ofWorkers = ['RecordWorkerHeartbeat', 'Respond*'];

async function startClient(scene: Scene) {
  const client = await scene.loadClient();
  await client.createWorker({ activities: { countRows: () => 1 } });
  await passUntil(scene, () => client.health().temporal.state === 'good');
  return client;
}

async function pass({ clock, log }: Scene, seconds: number): Promise<void> {
  const endMs = clock.monotonicNow() + seconds * 1_000;
  await passUntil({ clock, log }, () => clock.monotonicNow() >= endMs);
}

/** The lines about conditions, without where the runbook is. */
const linesOf = ({ log }: Scene): readonly string[] =>
  log.entries
    .filter(({ meta }) => meta?.['code'] !== undefined)
    .map(({ level, message, meta }) => `${level} ${String(meta?.['code'])} ${message.split(/[:,] /)[0]}`);

describe('the conditions of a client', () => {
  it('with the OAuth server away until the token is over are about the token, and never about what Temporal says of it', async () => {
    await using scene = await openScene({}, 60);
    const client = await startClient(scene);
    scene.oauth.failWith('unavailable503');
    await passUntil(scene, () => client.health().conditions.length > 0);
    expect(client.health().conditions).toMatchObject([
      {
        code: 'TOKEN_NOT_REFRESHED',
        cause: expect.stringContaining(`${scene.oauth.tokenUrl} answered 503`) as unknown,
      },
    ]);
    await passUntil(scene, () => client.health().temporal.state === 'rejected');
    await pass(scene, 10);
    expect(client.health().conditions.map(({ code }) => code)).toEqual(['NO_TOKEN']);
    scene.oauth.recover();
    await passUntil(scene, () => client.health().conditions.length === 0);
    await passUntil(scene, () => scene.log.matching('Ended after').length > 1);
    const lines = linesOf(scene).filter((line) => !line.includes('so far'));
    const codes = [...new Set(lines)].map((line) => line.split(' ')[1]);
    expect(codes.slice(0, 2)).toEqual(['TOKEN_NOT_REFRESHED', 'NO_TOKEN']);
    expect(codes.slice(2).toSorted()).toEqual(['NO_TOKEN', 'TOKEN_NOT_REFRESHED']);
  });

  it('with Temporal away are that it does not answer, with one line and an end', async () => {
    await using scene = await openScene();
    const client = await startClient(scene);
    scene.temporal.failWith('unavailable', ofWorkers);
    await passUntil(scene, () => client.health().conditions.length > 0);
    await pass(scene, 40);
    expect(client.health().conditions).toMatchObject([
      { code: 'TEMPORAL_UNREACHABLE', severity: 'critical' },
    ]);
    scene.temporal.recover();
    await passUntil(scene, () => client.health().conditions.length === 0);
    expect(linesOf(scene)).toEqual([
      'ERROR TEMPORAL_UNREACHABLE Temporal does not answer',
      expect.stringMatching(/^INFO TEMPORAL_UNREACHABLE Ended after \d+ s$/),
    ]);
  });

  it('with good tokens rejected have two lines, and none for the tokens that are got meanwhile', async () => {
    await using scene = await openScene();
    const client = await startClient(scene);
    scene.temporal.failWith('permissionDenied', ofWorkers);
    await passUntil(scene, () => client.health().conditions.length > 0);
    await pass(scene, 40);
    expect(client.health().conditions).toMatchObject([{ code: 'TEMPORAL_REJECTS_TOKEN' }]);
    scene.temporal.recover();
    await passUntil(scene, () => client.health().conditions.length === 0);
    expect(scene.oauth.issuedTokens.length).toBeGreaterThan(1);
    expect(scene.log.entries.filter(({ level }) => level !== 'DEBUG').map(({ message }) => message)).toEqual([
      expect.stringMatching(/^Access token obtained/),
      'Connected to Temporal',
      expect.stringMatching(/^Temporal rejects the token of the workers: .*Request unauthorized/),
      expect.stringMatching(/^Ended after \d+ s: Temporal rejects the token of the workers$/),
    ]);
  });
});
