import { npm } from '@worker-auth/servers';
import { join } from 'node:path';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';
import type { Registry } from './registry.ts';

const workspace = join(import.meta.dirname, '../../..');

/** The packages that are published, in the order in which each finds what it depends on. */
export const packageNames = [
  'refresh-scheduler',
  'secret-store',
  'token-manager',
  'temporal-auth',
  'agent',
  'testing-fakes',
] as const;

export type PackageName = (typeof packageNames)[number];

/** Publishes every package as `nx stage` has put it together. */
export async function publishAll(registry: Registry): Promise<void> {
  await using publisher = await temporaryFolder();
  await publisher.write('.npmrc', registry.npmrc);
  for (const name of packageNames) {
    await npm(publisher.path, ['publish', join(workspace, 'packages', name, 'publish')]);
  }
}
