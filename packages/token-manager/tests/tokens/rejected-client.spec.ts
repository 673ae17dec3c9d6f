import { watchUnhandledRejections } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { TokenManagerErrorCode } from '../../src/errors.ts';
import type { TokenManager } from '../../src/tokens/token-manager.ts';
import type { ClientCredentials, CredentialSource } from '@worker-auth/internal';
import { openScene as open, rejectionOf, type Scene } from '../support.ts';

/** Of a client whose method is set: no other one is tried. */
const openScene: typeof open = (options, serverOptions) =>
  open({ clientAuth: 'client_secret_post', ...options }, serverOptions);

/** A store whose secret a test sets, read as a source does: remembered until `invalidate`. */
class Vault implements CredentialSource {
  secret: string;
  /** What a read throws in place of a response. */
  failure: Error | undefined;
  reads = 0;
  #remembered: string | undefined;

  constructor(secret: string) {
    this.secret = secret;
  }

  get(): Promise<{ clientId: string; clientSecret: string; source: string }> {
    if (this.#remembered === undefined) {
      this.reads++;
      if (this.failure !== undefined) return Promise.reject(this.failure);
      this.#remembered = this.secret;
    }
    return Promise.resolve({ clientId: 'worker', clientSecret: this.#remembered, source: 'vault' });
  }

  invalidate(): void {
    this.#remembered = undefined;
  }
}

/** Answers travel over a real socket: a step of the fake clock at a time, and after each until no request is under way. */
async function pass({ clock, tokens }: Scene, ms: number, stepMs = 250): Promise<void> {
  for (let passed = 0; passed < ms; passed += stepMs) {
    await clock.advance(Math.min(stepMs, ms - passed));
    await settled(tokens);
  }
}

async function settled(tokens: TokenManager): Promise<void> {
  for (let turn = 0; tokens.nextRefreshInMs === 0; turn++) {
    if (turn > 10_000) throw new Error('A refresh has not ended');
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** Seconds after the first at which the endpoint was asked. */
function observeRequests(scene: Scene): () => number[] {
  const start = scene.clock.monotonicNow();
  const moments: number[] = [];
  scene.tokens.on('refreshFailed', () => {
    moments.push(Math.round((scene.clock.monotonicNow() - start) / 1_000));
  });
  return () => moments;
}

describe('while the server rejects the client', () => {
  it('asks it each second for 10 s and then each 30 s, while the source is read each 5 s at least', async () => {
    const vault = new Vault('wrong');
    const scene = await openScene({ credentials: vault });
    const moments = observeRequests(scene);
    scene.tokens.start();
    await settled(scene.tokens);
    await pass(scene, 110_000);
    expect(moments()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 40, 70, 100]);
    expect(scene.server.tokenRequests).toHaveLength(14);
    expect(vault.reads).toBeGreaterThanOrEqual(110 / 5);
    expect(vault.reads).toBeLessThan(50);
  });

  it('asks it at once when the credentials have changed: a secret that is late heals within one read', async () => {
    const vault = new Vault('wrong');
    const scene = await openScene({ credentials: vault });
    scene.tokens.start();
    await settled(scene.tokens);
    await pass(scene, 20_000);
    const { length } = scene.server.tokenRequests;
    expect(scene.tokens.peek()).toBeUndefined();
    vault.secret = 's3cret';
    await pass(scene, 5_250);
    expect(scene.tokens.peek()).toBe(scene.server.issuedTokens[0]);
    expect(scene.server.tokenRequests).toHaveLength(length + 1);
  });

  it('reads the source as often as it is told to', async () => {
    const vault = new Vault('wrong');
    const scene = await openScene({ credentials: vault, credentialRereadMs: 1_000 });
    scene.tokens.start();
    await settled(scene.tokens);
    await pass(scene, 20_000);
    vault.secret = 's3cret';
    await pass(scene, 1_250);
    expect(scene.tokens.peek()).toBeDefined();
  });

  it('tells of the requests that failed, not of the reads between them', async () => {
    const scene = await openScene({ credentials: new Vault('wrong') });
    const received: unknown[] = [];
    scene.tokens.on('refreshFailed', ({ attempt, retryInMs }) => received.push([attempt, retryInMs]));
    scene.tokens.start();
    await settled(scene.tokens);
    await pass(scene, 44_000);
    expect(received).toEqual([
      ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((attempt) => [attempt, 1_000]),
      [11, 5_000],
      [12, 5_000],
    ]);
  });

  it('counts attempts anew after a token came, whatever reads there were before', async () => {
    const vault = new Vault('wrong');
    const scene = await openScene({ credentials: vault });
    scene.tokens.start();
    await settled(scene.tokens);
    await pass(scene, 20_000);
    vault.secret = 's3cret';
    await pass(scene, 5_250);
    const attempts: number[] = [];
    scene.tokens.on('refreshFailed', ({ attempt }) => attempts.push(attempt));
    scene.server.injectFault('unavailable503');
    await rejectionOf(scene.tokens.getToken({ forceRefresh: true }));
    expect(attempts).toEqual([1]);
  });

  it('never sends a rejected secret again before the new one', async () => {
    const vault = new Vault('s3cret');
    const scene = await openScene({ credentials: vault }, { lifetimeSeconds: 300 });
    await scene.tokens.getToken();
    scene.server.rotateClientSecret('next');
    scene.tokens.start();
    await pass(scene, 275_000, 5_000);
    vault.secret = 'next';
    const before = scene.server.tokenRequests.length;
    await pass(scene, 5_250);
    expect(scene.server.tokenRequests.length - before).toBe(1);
    expect(scene.tokens.peek()).toBe(scene.server.issuedTokens.at(-1));
  });

  it('says what the store says when that cannot answer any more, and goes on', async () => {
    const vault = new Vault('wrong');
    const scene = await openScene({ credentials: vault });
    scene.tokens.start();
    await settled(scene.tokens);
    vault.failure = new Error('the vault is sealed');
    await pass(scene, 20_000);
    expect(await rejectionOf(scene.tokens.getToken())).toBe(vault.failure);
    vault.failure = undefined;
    vault.secret = 's3cret';
    await pass(scene, 20_000);
    expect(scene.tokens.peek()).toBeDefined();
  });

  it('says what the server said when the store cannot answer right after the rejection', async () => {
    const vault = new Vault('wrong');
    const scene = await openScene({ credentials: vault });
    scene.tokens.on('credentialsRejected', () => {
      vault.failure = new Error('the vault is sealed');
    });
    expect(await rejectionOf(scene.tokens.getToken())).toMatchObject({
      code: TokenManagerErrorCode.clientRejected,
    });
  });

  it('reads at once after invalidate(), and does not send the same credentials before their time', async () => {
    const vault = new Vault('wrong');
    const scene = await openScene({ credentials: vault });
    await rejectionOf(scene.tokens.getToken());
    for (let round = 0; round < 20; round++) {
      scene.tokens.invalidate();
      expect(await rejectionOf(scene.tokens.getToken())).toMatchObject({
        code: TokenManagerErrorCode.clientRejected,
      });
    }
    expect(scene.server.tokenRequests).toHaveLength(1);
    vault.secret = 's3cret';
    scene.tokens.invalidate();
    expect(await scene.tokens.getToken()).toBe(scene.server.issuedTokens[0]);
  });

  it('works on demand too: a caller after the wait sets off the read', async () => {
    const vault = new Vault('wrong');
    const scene = await openScene({ credentials: vault });
    const { clock, server, tokens } = scene;
    for (let request = 1; request <= 10; request++) {
      expect(await rejectionOf(tokens.getToken())).toMatchObject({ retryInMs: 1_000 });
      await clock.advance(1_000);
    }
    await rejectionOf(tokens.getToken());
    expect(server.tokenRequests).toHaveLength(11);
    vault.secret = 's3cret';
    await clock.advance(4_999);
    await rejectionOf(tokens.getToken());
    await clock.advance(1);
    expect(await tokens.getToken()).toBe(server.issuedTokens[0]);
  });
});

describe('other credentials than the rejected ones', () => {
  it.each(['unauthorized401', 'invalidClient400', 'keycloakWrongSecret'] as const)(
    'are read and sent at once: %s',
    async (fault) => {
      const vault = new Vault('s3cret');
      const { server, tokens } = await openScene({ credentials: vault });
      const rejections: unknown[] = [];
      tokens.on('credentialsRejected', (event) => {
        rejections.push(event);
        vault.secret = server.rotateClientSecret();
      });
      server.injectFault(fault);
      expect(await tokens.getToken()).toBe(server.issuedTokens[0]);
      expect([vault.reads, server.tokenRequests.length]).toEqual([2, 2]);
      const error = expect.objectContaining({ code: TokenManagerErrorCode.clientRejected }) as unknown;
      expect(rejections).toEqual([{ source: 'vault', error }]);
    },
  );

  const rejected: ClientCredentials = { clientId: 'worker', clientSecret: 'wrong' };

  /** Gives `answers` one after the other, a read each, and the last one from then on. */
  function readsOf(...answers: readonly ClientCredentials[]): CredentialSource & { readonly reads: number } {
    let reads = 0;
    return {
      get: () => Promise.resolve(answers[Math.min(reads++, answers.length - 1)] ?? rejected),
      invalidate: () => undefined,
      get reads() {
        return reads;
      },
    };
  }

  it.each<readonly [string, Partial<ClientCredentials>]>([
    ['id', { clientId: 'other' }],
    ['secret', { clientSecret: 'other' }],
    ['token URL', { tokenUrl: 'https://other.example/token' }],
  ])('are those with another %s alone: they are sent at once', async (_name, change) => {
    const { server, tokens } = await openScene({
      credentials: readsOf(rejected, { ...rejected, ...change }),
    });
    await rejectionOf(tokens.getToken());
    expect(server.tokenRequests).toHaveLength(2);
  });

  it('that are rejected too are not sent again before their time either', async () => {
    const other = { ...rejected, clientSecret: 'other' };
    const credentials = readsOf(rejected, other);
    const { server, tokens } = await openScene({ credentials });
    expect(await rejectionOf(tokens.getToken())).toMatchObject({ retryable: false, retryInMs: 1_000 });
    tokens.invalidate();
    await rejectionOf(tokens.getToken());
    expect([credentials.reads, server.tokenRequests.length]).toEqual([3, 2]);
  });

  it('that a server in trouble answers for are not taken for rejected', async () => {
    const { server, tokens } = await openScene({
      credentials: readsOf(rejected, { ...rejected, clientSecret: 's3cret' }),
    });
    server.injectFault('unauthorized401');
    server.injectFault({ status: 503, headers: { 'retry-after': '7' } });
    expect(await rejectionOf(tokens.getToken())).toMatchObject({
      code: TokenManagerErrorCode.unavailable,
      retryInMs: 14_000,
    });
  });
});

it.each(['stop', 'invalidate'] as const)(
  'what else a rejection must not do ends the process by an unhandled rejection when %s() comes while credentials are read again',
  async (method) => {
    using unhandled = watchUnhandledRejections();
    const vault = new Vault('wrong');
    const { tokens } = await openScene({ credentials: vault });
    tokens.on('credentialsRejected', () => {
      vault.failure = new Error('the vault is sealed');
      void tokens[method]();
    });
    await rejectionOf(tokens.getToken());
    await tokens.stop();
    expect(await unhandled.end()).toEqual([]);
  },
);

it.each<readonly [string, () => unknown]>([
  [
    'throws',
    () => {
      throw new Error('cannot forget');
    },
  ],
  ['rejects', () => Promise.reject(new Error('cannot forget'))],
])(
  'a source whose invalidate() fails is read again all the same, and ends no process: one that %s',
  async (_name, invalidate) => {
    using unhandled = watchUnhandledRejections();
    let clientSecret = 'wrong';
    const { clock, tokens } = await openScene({
      credentials: {
        get: () => Promise.resolve({ clientId: 'worker', clientSecret }),
        invalidate,
      },
    });
    expect(await rejectionOf(tokens.getToken())).toMatchObject({
      code: TokenManagerErrorCode.clientRejected,
    });
    clientSecret = 's3cret';
    await clock.advance(1_000);
    const first = await tokens.getToken();
    tokens.invalidate();
    expect(await tokens.getToken()).not.toBe(first);
    expect(await unhandled.end()).toEqual([]);
  },
);
