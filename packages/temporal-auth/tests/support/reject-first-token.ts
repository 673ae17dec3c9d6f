import type { Scene } from './scene.ts';

/** Temporal rejects the first token, though not to polls: Core would wait 10 s of real time before the next. Gives the end of it. */
export function rejectFirstToken({ oauth, temporal }: Scene): () => void {
  const release = oauth.hold();
  const method = ['RecordWorkerHeartbeat', 'Respond*'];
  temporal.injectFault('permissionDenied', { token: 1, method });
  return release;
}
