import type { Logger } from '@temporalio/common';
import { createRequire } from 'node:module';

/**
 * What Temporal's class `Runtime` tells of itself. It has no public way of saying whether there is one: `instance()` makes one, after which
 * a program's own `Runtime.install` throws. Both fields are in its type declarations.
 */
interface RuntimeClass {
  readonly _instance?: { readonly logger?: Logger };
  /** What the last one was made with; it is kept when that ends with its last connection. */
  readonly defaultOptions?: { readonly logger?: Logger };
}

const require = createRequire(import.meta.url);

/**
 * The logger of Temporal's Runtime, when the program has loaded `@temporalio/worker` and a Runtime is or was there; neither is brought about.
 * `undefined` before, and where modules are not kept as Node does.
 */
export function runtimeLogger(): Logger | undefined {
  const { Runtime } = (loaded('@temporalio/worker')?.exports ?? {}) as { readonly Runtime?: RuntimeClass };
  return Runtime?._instance?.logger ?? Runtime?.defaultOptions?.logger;
}

function loaded(name: string): NodeJS.Module | undefined {
  try {
    return require.cache[require.resolve(name)];
  } catch {
    return undefined; // It is not installed.
  }
}
