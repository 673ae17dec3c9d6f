import { inspect } from 'node:util';

const choices = [true, false];

const depth = 20;

/** Everything that a log, a debugger or an error tracker can show of `value`: each combination of options of `util.inspect`, and JSON. */
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
  return [...inspected, JSON.stringify(value) as string | undefined].join('\n');
}
