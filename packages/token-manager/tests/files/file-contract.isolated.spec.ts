import { FakeClock, tokenSourceContract } from '@worker-auth/testing-fakes';
import { ProjectedVolume } from '@worker-auth/workspace/projected-volume';
import type { PathLike } from 'node:fs';
import type * as FileSystem from 'node:fs/promises';
import { describe, expect, it, vi } from 'vitest';
import { TokenManagerErrorCode } from '../../src/errors.ts';
import { fileTokenSource } from '../../src/tokens/file-token-source.ts';
import { openFileScene, serviceAccountToken } from '../file-support.ts';

/** What happens before a file is looked at, by its path. */
const onLook = vi.hoisted(() => new Map<unknown, () => Promise<void>>());

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof FileSystem>();
  return {
    ...real,
    open: async (path: PathLike, flags: number) => {
      await onLook.get(path)?.();
      return real.open(path, flags);
    },
  };
});

describe('a token source over a file, as every token source,', () => {
  const cases = tokenSourceContract({
    canHold: true,
    canRecover: true,
    create: async () => {
      const clock = new FakeClock();
      const volume = await ProjectedVolume.create();
      const source = fileTokenSource(volume.path, { clock });
      let reads = 0;
      let isGone = false;
      let held: Promise<unknown> | undefined;
      // The endpoint of this source is whoever writes the file: each time that it is read there is another token in it.
      onLook.set(volume.path, async () => {
        reads++;
        await held;
        await volume.write(isGone ? '' : serviceAccountToken(clock));
      });
      return {
        source,
        requests: () => reads,
        expireToken: () => clock.advance(3_600_000),
        failRequests: () => {
          isGone = true;
        },
        recoverRequests: async () => {
          isGone = false;
          await clock.advance(60_000);
        },
        holdRequests: () => {
          const { promise, resolve } = Promise.withResolvers<undefined>();
          held = promise;
          return () => {
            held = undefined;
            resolve(undefined);
          };
        },
        dispose: async () => {
          await source.stop();
          onLook.delete(volume.path);
          await volume[Symbol.asyncDispose]();
        },
      };
    },
  });
  for (const contractCase of cases) it(contractCase.name, () => contractCase.run());
});

it('a disk that does not answer is given up after 10 s', async () => {
  const { volume, clock, tokens } = await openFileScene();
  onLook.set(volume.path, () => new Promise(() => undefined));
  tokens.start();
  await clock.advance(9_999);
  expect(tokens.lastError).toBeUndefined();
  await clock.advance(1);
  expect(tokens.lastError).toMatchObject({ code: TokenManagerErrorCode.timedOut });
  expect(String(tokens.lastError)).toContain(`The token file ${volume.path} was not read within 10 s`);
});
