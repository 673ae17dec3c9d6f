/** Has the agent ask its provider for another token, as a program does whose token was rejected. */
import { createHash } from 'node:crypto';
import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Scene } from './scene.ts';

/** What a program hears of the agent. */
interface Heard {
  readonly status: number;
  readonly text: string;
  /** How long it is to wait before it asks again, in seconds. */
  readonly retryAfter: number;
}

/** An attempt for a token takes no longer, in ms, but for the time in which the last one is waited for. */
const demandMs = 45_000;

/** Asks the agent by its socket. */
export async function hear({ socket: socketPath, heard }: Scene, path: string): Promise<Heard> {
  const { promise, resolve, reject } = Promise.withResolvers<Heard>();
  get({ socketPath, path, agent: false }, (response) => {
    void response.toArray().then((chunks: Buffer[]) => {
      const [status = 0, text] = [response.statusCode, Buffer.concat(chunks).toString()];
      // A program is to get the token.
      if (status !== 200) heard.push(text);
      resolve({ status, text, retryAfter: Number(response.headers['retry-after'] ?? 0) });
    }, reject);
  }).on('error', reject);
  return await promise;
}

/** The agent's token; empty without one. */
export async function currentToken(scene: Scene): Promise<string> {
  const { status, text } = await hear(scene, '/token');
  return status === 200 ? (JSON.parse(text) as { access_token: string }).access_token : '';
}

/** Rejects the current token, as one that somebody revoked. */
export async function reject(scene: Scene): Promise<Heard> {
  const rejected = createHash('sha256')
    .update(await currentToken(scene))
    .digest('hex');
  return await hear(scene, `/token?rejected=${rejected}&rejectedAs=revoked`);
}

/** Does so until the provider has been asked. Returns what a program heard last. */
export async function demand(scene: Scene): Promise<Heard> {
  const { asked } = scene.provider;
  const until = performance.now() + demandMs;
  for (;;) {
    const heard = await reject(scene);
    if (scene.provider.asked > asked || performance.now() > until || !scene.isAlive) return heard;
    await sleep(50);
  }
}
