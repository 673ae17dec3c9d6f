import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Lines of a diff that belong together: those that go, and those that come in their place. */
interface Change {
  readonly old: string[];
  readonly new: string[];
}

/**
 * Makes the changes of a diff, as a reader of the page does: `# path` names the file. Lines that take the place of none are imports, which go to
 * the others.
 *
 * @throws Error for a line that is not in its file, or of which nobody knows where it goes
 */
export async function applyDiff(diff: string, folder: string): Promise<void> {
  const files = new Map<string, Change[]>();
  let changes: Change[] = [];
  for (const line of diff.trimEnd().split('\n')) {
    const [sign, text] = [line[0], line.slice(1)];
    if (line.startsWith('# ')) files.set(line.slice(2), (changes = []));
    else if (sign === '-') changeFor(changes, 'old').old.push(text);
    else if (sign === '+') changeFor(changes, 'new').new.push(text);
    else throw new Error(`The diff has the line "${line}"`);
  }
  for (const [file, made] of files) if (made.length > 0) await changeFile(folder, file, made);
}

/** Old lines begin a change, and new ones go on with it. */
function changeFor(changes: Change[], kind: keyof Change): Change {
  const last = changes.at(-1);
  if (last !== undefined && (kind === 'new' || (last.old.length > 0 && last.new.length === 0))) return last;
  const next: Change = { old: [], new: [] };
  changes.push(next);
  return next;
}

async function changeFile(folder: string, file: string, changes: readonly Change[]): Promise<void> {
  let text = `\n${await readFile(join(folder, file), 'utf8')}`;
  for (const change of changes) {
    const old = joined(change.old);
    const added = joined(change.new);
    const parts = old === '' ? [] : text.split(`\n${old}`);
    if (old !== '' && parts.length !== 2)
      throw new Error(`${file} has these lines ${parts.length - 1} times:\n${old}`);
    text = old === '' ? withImports(text, added, file) : parts.join(`\n${added}`);
  }
  await writeFile(join(folder, file), text.slice(1));
}

function joined(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

function withImports(text: string, added: string, file: string): string {
  if (!added.startsWith('import ')) throw new Error(`Nobody knows where in ${file} this goes:\n${added}`);
  return text.replace(/(?:^import .*\n)+/m, (imports) => `${imports}${added}`);
}
