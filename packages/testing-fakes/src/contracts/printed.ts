import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { inspect } from 'node:util';
import { check, searchFor } from './checks.ts';

type Print = (...printed: unknown[]) => unknown;

/** Every way to print that is watched, by its name. A console may write to another place than the streams, and loggers write to descriptors. */
function ways(): readonly (readonly [name: string, owner: object, method: string])[] {
  const methods = Object.entries(console).flatMap(([name, method]) =>
    typeof method === 'function' ? [name] : [],
  );
  return [
    ...methods.map((method) => [`console.${method}`, console, method] as const),
    ['process.stdout.write', process.stdout, 'write'],
    ['process.stderr.write', process.stderr, 'write'],
    ['process.emitWarning', process, 'emitWarning'],
    ['process._rawDebug', process, '_rawDebug'],
    ['fs.write', fs, 'write'],
    ['fs.writeSync', fs, 'writeSync'],
    ['fs.appendFileSync', fs, 'appendFileSync'],
    ['fs.writeFileSync', fs, 'writeFileSync'],
  ];
}

/** The descriptors of standard output and standard error, and their files. */
const outputs: readonly unknown[] = [1, 2, '/dev/stdout', '/dev/stderr'];

/** How something was printed, and its text. */
type Printed = readonly [way: string, text: string];

/** What each of those that watch has seen. */
const watches = new Set<Printed[]>();
let restore = (): void => undefined;

/** What is printed, from now on and until its end. */
export class PrintWatch implements Disposable {
  readonly #printed: Printed[] = [];

  constructor() {
    if (watches.size === 0) restore = watch();
    watches.add(this.#printed);
  }

  /** @throws AssertionError when one of `secrets` was printed; what was printed is not repeated */
  check(secrets: Parameters<typeof searchFor>[0]): void {
    const shows = searchFor(secrets);
    for (const [way, text] of this.#printed) check(!shows(text), `A secret was printed by ${way}`);
  }

  [Symbol.dispose](): void {
    if (watches.delete(this.#printed) && watches.size === 0) restore();
  }
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
