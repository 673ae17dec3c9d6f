import { inspect } from 'node:util';
import { check } from './checks.ts';

const methods = ['debug', 'log', 'info', 'warn', 'error', 'trace', 'dir', 'table'] as const;

type Print = (...printed: unknown[]) => void;

/** What each of those that watch has seen. */
const watches = new Set<unknown[][]>();
let restore = (): void => undefined;

/**
 * Runs `body` and looks at what is printed by `console` meanwhile.
 *
 * @throws AssertionError when one of `secrets` is in it; what was printed is not repeated
 */
export async function checkPrintsNone(
  secrets: readonly string[],
  body: () => Promise<unknown>,
): Promise<void> {
  const printed: unknown[][] = [];
  if (watches.size === 0) restore = watchConsole();
  watches.add(printed);
  try {
    await body();
  } finally {
    watches.delete(printed);
    if (watches.size === 0) restore();
  }
  const text = printed.flat().map((one) => (typeof one === 'string' ? one : inspect(one, { depth: 6 })));
  for (const secret of secrets) check(!text.join('\n').includes(secret), 'A secret was printed by console');
}

function watchConsole(): () => void {
  const originals = methods.map((method) => [method, Reflect.get(console, method) as Print] as const);
  for (const [method, original] of originals) {
    console[method] = (...printed: unknown[]): void => {
      for (const watch of watches) watch.push(printed);
      Reflect.apply(original, console, printed);
    };
  }
  return () => {
    for (const [method, original] of originals) console[method] = original;
  };
}
