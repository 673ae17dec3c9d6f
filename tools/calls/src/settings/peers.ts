import type * as temporalWorker from '@temporalio/worker';
// webpack replaces a `createRequire` that is imported by its name.
import nodeModule from 'node:module';
import { join } from 'node:path';

const workerPackage: string = '@temporalio/worker';

/** Imports `@temporalio/worker`. Bundlers leave it out: it has native code, and programs without workers need not install it. */
export async function importWorker(): Promise<typeof temporalWorker> {
  return (await import(/* webpackIgnore: true */ /* @vite-ignore */ workerPackage)) as typeof temporalWorker;
}

export function loadedWorker(): Partial<typeof temporalWorker> | undefined {
  return fromPrograms(
    ({ cache, resolve }) => cache[resolve(workerPackage)]?.exports as typeof temporalWorker,
  );
}

/** An optional peer, or `undefined` where it is not installed. */
export function requireInstalled(name: string): unknown {
  return fromPrograms((require) => require(name) as unknown);
}

/** A bundle has `import.meta.url` of another place, or none: there the folders of the program and of the process count. */
function fromPrograms<T>(use: (require: NodeJS.Require) => T): T | undefined {
  const places: readonly (string | undefined)[] = [
    import.meta.url,
    process.argv[1],
    join(process.cwd(), 'package.json'),
  ];
  for (const place of places) {
    try {
      return use(nodeModule.createRequire(place ?? ''));
    } catch {
      // Not installed there.
    }
  }
  return undefined;
}
