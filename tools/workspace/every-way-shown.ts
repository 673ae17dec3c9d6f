import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { inspect } from 'node:util';

const choices = [true, false];

const depth = 20;

/** What programs make of an object on its way to a log: copies, lists of what is in it, texts. */
const shapes: readonly ((value: object) => unknown)[] = [
  (value) => ({ ...value }),
  (value) => Object.assign({}, value),
  (value) => Object.entries(value),
  (value) => {
    const read: unknown[] = [];
    for (const key in value) read.push(Reflect.get(value, key));
    return read;
  },
  (value) => structuredClone(value),
  tableShown,
  (value) => tableShown([value]),
  (value) => `in a text: ${value as unknown as string}`,
  (value) => 'in a text: ' + (value as unknown as string),
  (value) => String.raw`${value}`,
  (value) => String.raw({ raw: value as never }),
  (value) => [value as unknown as string].join(),
];

/**
 * Everything that a log, a debugger or an error tracker can show of `value`: each combination of options of `util.inspect`, JSON, and what copies,
 * tables and texts make of it.
 */
export function everyWayShown(value: unknown): string {
  const inspected = choices.flatMap((customInspect) =>
    choices.flatMap((showHidden) =>
      choices.flatMap((getters) =>
        choices.map((showProxy) =>
          inspect(value, { customInspect, showHidden, getters, showProxy, depth, maxStringLength: null }),
        ),
      ),
    ),
  );
  const shaped = shapes.map((shape) =>
    inspect(
      attempt(() => shape(value as object)),
      { depth },
    ),
  );
  return [...inspected, ...shaped, JSON.stringify(value) as string | undefined].join('\n');
}

/** What `console.table` prints of it. */
function tableShown(value: unknown): string {
  let printed = '';
  const stdout = new Writable({
    write: (chunk, _encoding, done) => {
      printed += String(chunk);
      done();
    },
  });
  new Console(stdout).table(value);
  return printed;
}

function attempt(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}
