import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { inspect } from 'node:util';
import { check, shows } from './checks.ts';

type Print = (...printed: unknown[]) => unknown;

/** Every way to print that is watched, by its name. A console may write to another place than the streams, and loggers write to descriptors. */
function ways(): readonly (readonly [name: string, owner: object, method: string])[] {
  const methods = ['debug', 'log', 'info', 'warn', 'error', 'trace', 'dir', 'table'] as const;
  return [
    ...methods.map((method) => [`console.${method}`, console, method] as const),
    ['process.stdout.write', process.stdout, 'write'],
    ['process.stderr.write', process.stderr, 'write'],
    ['process.emitWarning', process, 'emitWarning'],
    ['fs.writeSync', fs, 'writeSync'],
    ['fs.writeFileSync', fs, 'writeFileSync'],
  ];
}

/** The descriptors of standard output and standard error, and their files. */
const outputs: readonly unknown[] = [1, 2, '/dev/stdout', '/dev/stderr'];

/** What each of those that watch has seen: how it was printed, and its text. */
const watches = new Set<(readonly [way: string, text: string])[]>();
let restore = (): void => undefined;

/**
 * Runs `body` and looks at what is printed meanwhile.
 *
 * @throws AssertionError when one of `secrets` is in it; what was printed is not repeated
 */
export async function checkPrintsNone(
  secrets: readonly string[],
  body: () => Promise<unknown>,
): Promise<void> {
  const printed: (readonly [way: string, text: string])[] = [];
  if (watches.size === 0) restore = watch();
  watches.add(printed);
  try {
    await body();
  } finally {
    watches.delete(printed);
    if (watches.size === 0) restore();
  }
  for (const [way, text] of printed) check(!shows(text, secrets), `A secret was printed by ${way}`);
}

function watch(): () => void {
  const watched = ways().map(([name, owner, method]) => {
    const descriptor = Object.getOwnPropertyDescriptor(owner, method);
    const original = Reflect.get(owner, method) as Print;
    const print = (...printed: unknown[]): unknown => {
      const text = printed.map((part) => textOf(part)).join('\n');
      const isFile = owner === fs && !outputs.includes(printed[0]);
      if (!isFile) for (const seen of watches) seen.push([name, text]);
      return Reflect.apply(original, owner, printed);
    };
    Object.defineProperty(owner, method, { value: print, configurable: true, writable: true });
    return { owner, method, descriptor };
  });
  // For those who import the functions of `fs` by name.
  syncBuiltinESMExports();
  return () => {
    for (const { owner, method, descriptor } of watched) {
      if (descriptor === undefined) Reflect.deleteProperty(owner, method);
      else Object.defineProperty(owner, method, descriptor);
    }
    syncBuiltinESMExports();
  };
}

function textOf(printed: unknown): string {
  if (typeof printed === 'string') return printed;
  return printed instanceof Uint8Array ? Buffer.from(printed).toString() : inspect(printed, { depth: 6 });
}
