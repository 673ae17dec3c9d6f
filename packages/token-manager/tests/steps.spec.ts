import { describe, expect, it } from 'vitest';
import { TokenManagerErrorCode } from '../src/errors.ts';
import type { CredentialsReadEvent, TokenRequestedEvent } from '../src/events.ts';
import type { CredentialSource } from '@worker-auth/internal';
import { openScene, rejectionOf, type Scene } from './support.ts';

interface Steps {
  readonly reads: readonly CredentialsReadEvent[];
  readonly requests: readonly TokenRequestedEvent[];
}

function stepsOf({ tokens }: Scene): Steps {
  const [reads, requests]: [CredentialsReadEvent[], TokenRequestedEvent[]] = [[], []];
  tokens.on('credentialsRead', (event) => reads.push(event));
  tokens.on('tokenRequested', (event) => requests.push(event));
  return { reads, requests };
}

/** A source that answers after `delayMs`, or never. */
function slowSource(scene: () => Scene, delayMs: number | undefined): CredentialSource {
  return {
    get: async () => {
      const { clock, server } = scene();
      await new Promise<void>((resolve) => {
        if (delayMs !== undefined) clock.startTimer(resolve, delayMs);
      });
      return { clientId: server.clientId, clientSecret: server.clientSecret, source: 'the vault' };
    },
    invalidate: () => undefined,
  };
}

describe('the steps of an attempt', () => {
  it('are told with how long each took, and where the credentials came from', async () => {
    const scene: Scene = await openScene({ credentials: slowSource(() => scene, 1_500) });
    const { reads, requests } = stepsOf(scene);
    const token = scene.tokens.getToken();
    await scene.clock.advance(1_500);
    await token;
    expect(reads).toEqual([{ durationMs: 1_500, source: 'the vault', error: undefined }]);
    expect(requests).toEqual([{ durationMs: 0, error: undefined }]);
  });

  it('are told with what the source threw, and nothing is requested', async () => {
    const error = new Error('the vault is sealed');
    const scene = await openScene({
      credentials: { get: () => Promise.reject(error), invalidate: () => undefined },
    });
    const { reads, requests } = stepsOf(scene);
    await rejectionOf(scene.tokens.getToken());
    expect(reads).toEqual([{ durationMs: 0, source: undefined, error }]);
    expect(requests).toEqual([]);
  });

  it('are told of both reads and both requests where the credentials were replaced', async () => {
    const scene: Scene = await openScene({
      credentials: {
        get: () => Promise.resolve({ clientId: scene.server.clientId, clientSecret: secrets.shift() ?? '' }),
        invalidate: () => undefined,
      },
    });
    const secrets = ['the old one', scene.server.clientSecret];
    const { reads, requests } = stepsOf(scene);
    await scene.tokens.getToken();
    expect(reads).toHaveLength(2);
    // The secret can be sent in two ways.
    const rejected = { error: { code: TokenManagerErrorCode.clientRejected } };
    expect(requests).toMatchObject([rejected, rejected, { error: undefined }]);
  });

  it('are told when the time for the attempt is over', async () => {
    const scene: Scene = await openScene({
      credentials: slowSource(() => scene, undefined),
      attemptTimeoutMs: 4_000,
    });
    const { reads } = stepsOf(scene);
    const failure = rejectionOf(scene.tokens.getToken());
    await scene.clock.advance(4_000);
    await failure;
    expect(reads).toMatchObject([
      { durationMs: 4_000, source: undefined, error: { code: TokenManagerErrorCode.timedOut } },
    ]);
  });

  it('are not told of an attempt that nobody wants any more', async () => {
    const scene: Scene = await openScene({ credentials: slowSource(() => scene, 1_000) });
    const { reads, requests } = stepsOf(scene);
    const failure = rejectionOf(scene.tokens.getToken());
    await scene.tokens.stop();
    await failure;
    await scene.clock.advance(1_000);
    expect([...reads, ...requests]).toEqual([]);
  });
});
