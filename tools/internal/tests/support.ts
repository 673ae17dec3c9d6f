import { execFile } from 'node:child_process';
import { getEventListeners } from 'node:events';
import { promisify } from 'node:util';

/** A signal that counts the listeners on it. */
export interface CountedSignal {
  readonly signal: AbortSignal;
  readonly abort: (reason: unknown) => void;
  readonly listeners: () => number;
}

export function countedSignal(): CountedSignal {
  const controller = new AbortController();
  const { signal } = controller;
  return {
    signal,
    abort: (reason) => {
      controller.abort(reason);
    },
    listeners: () => getEventListeners(signal, 'abort').length,
  };
}

/** The rejections of what `act` begins that nobody handles by the end of the turn. */
export async function unhandledDuring(act: () => void): Promise<readonly unknown[]> {
  const unhandled: unknown[] = [];
  const onUnhandled = (reason: unknown): void => void unhandled.push(reason);
  process.on('unhandledRejection', onUnhandled);
  try {
    act();
    // Rejections count as unhandled once the microtasks of a turn are through.
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    process.off('unhandledRejection', onUnhandled);
  }
  return unhandled;
}

/** What a program prints that runs in a process of its own, with everything of this package; rejects when it ends with another code than 0. */
export async function printedBy(body: string): Promise<string> {
  const program = `const { ${names.join(', ')} } = await import('../src/index.ts');\n${body}`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: import.meta.dirname,
  });
  return stdout.trim();
}

const names = ['abortable', 'handled', 'sleep', 'systemClock', 'withDeadline'];
