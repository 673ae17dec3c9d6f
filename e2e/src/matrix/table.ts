import { Cell } from './cell.ts';
import { clientDoors, doctor, type Door, lazyClient } from './doors.ts';
import { optionForms } from './options.ts';
import { type Form, type Source, sources } from './sources.ts';
import { variableSources } from './variables.ts';
import { workerDoors } from './worker-doors.ts';

/** One row: a form at a door. */
export interface Row {
  readonly title: string;
  readonly run: () => Promise<void>;
}

/** A form at a door: what it must show is looked at where the calls arrive. */
function rowOf(form: Form, door: Door): Row {
  return { title: `${form.title} × ${door.title}`, run: () => tryAt(form, door) };
}

async function tryAt(form: Form, door: Door): Promise<void> {
  await using cell = await Cell.open();
  await door.enter(await form.options(cell), cell);
  const { passed, wrong } = cell.verdict();
  if (wrong.length > 0) throw new Error(`These calls carried no token of the source:\n${wrong.join('\n')}`);
  if (door.calls !== undefined && !passed.has(door.calls))
    throw new Error(`${door.calls} did not arrive; there were ${[...passed].join(', ')}`);
  await form.arrives?.(cell);
}

function isFor({ kind, isForWorkers = false }: Source, door: Door): boolean {
  if (kind === 'tokens' && !door.takesTokens) return false;
  if (kind === 'none' && !door.worksWithout) return false;
  return isForWorkers || !workerDoors.includes(door);
}

/** Each door with each kind of source. */
export const sourceRows: readonly Row[] = [...clientDoors, ...workerDoors].flatMap((door) =>
  [...sources, ...variableSources]
    .filter((source) => isFor(source, door))
    .map((source) => rowOf(source, door)),
);

/** Options and ports at one door, and at the doctor. */
export const optionRows: readonly Row[] = [lazyClient, doctor].flatMap((door) =>
  optionForms.map((form) => rowOf(form, door)),
);
