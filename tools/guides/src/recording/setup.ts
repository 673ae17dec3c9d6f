import { appendFileSync } from 'node:fs';
import { begin } from '../machines.ts';
import { type ToldChange, type Tell, tellName } from '../told-changes.ts';

const file = process.env['TOLD_CHANGES'] ?? '';
const told = new Set<string>();
const known = new WeakSet<object>();

const write = (change: ToldChange): void => {
  const line = JSON.stringify(change);
  if (told.has(line)) return;
  told.add(line);
  appendFileSync(file, `${line}\n`);
};

const tell: Tell = (machine, statement, caller, owner, before, after) => {
  if (owner !== undefined && !known.has(owner)) {
    known.add(owner);
    write({ machine, statement, caller: '', before: begin, after: before });
  }
  write({ machine, statement, caller, before, after });
};

Object.assign(globalThis, { [tellName]: tell });
