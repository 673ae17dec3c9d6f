import { FakeClock, SigningKey } from '@worker-auth/testing-fakes';
import { ProjectedVolume } from '@worker-auth/workspace/projected-volume';
import { onTestFinished } from 'vitest';
import {
  fileTokenSource,
  type FileTokenSource,
  type FileTokenSourceOptions,
} from '../src/tokens/file-token-source.ts';

const key = new SigningKey('ES256');
let count = 0;

/** A token source, its file and its clock, of one test. */
export interface FileScene {
  readonly volume: ProjectedVolume;
  readonly clock: FakeClock;
  readonly tokens: FileTokenSource;
}

/** A service account token of a cluster, different from all before; `undefined` removes a claim. */
export function serviceAccountToken(
  clock: { wallNow(): number },
  lifetimeSeconds = 3_600,
  claims: Readonly<Record<string, unknown>> = {},
): string {
  const iat = Math.floor(clock.wallNow() / 1_000);
  return key.signJwt({
    ...{ iss: 'https://cluster.example', sub: 'system:serviceaccount:default:orders', jti: String(++count) },
    ...{ iat, exp: iat + lifetimeSeconds, ...claims },
  });
}

/** A fake clock that waits for files that are being read. */
export function fileClock(): FakeClock {
  const clock = new FakeClock();
  onTestFinished(clock.holdWhile({ description: 'files', isUnderWay: () => false }));
  return clock;
}

/** A volume that ends with the test. */
export async function openVolume(content?: string): Promise<ProjectedVolume> {
  const volume = await ProjectedVolume.create(content);
  onTestFinished(() => volume[Symbol.asyncDispose]());
  return volume;
}

/** A source over a token of `lifetimeSeconds`, with the longest waits. */
export async function openFileScene(
  lifetimeSeconds?: number,
  options: FileTokenSourceOptions = {},
): Promise<FileScene> {
  const clock = fileClock();
  const volume = await openVolume(serviceAccountToken(clock, lifetimeSeconds));
  const tokens = fileTokenSource(volume.path, { clock, random: () => 1, ...options });
  onTestFinished(() => tokens.stop());
  return { volume, clock, tokens };
}
