import '../src/fixtures/runtime-log.ts';
import { describe, it } from 'vitest';
import { programRows } from '../src/matrix/agent-rows.ts';
import { optionRows, type Row, sourceRows } from '../src/matrix/table.ts';

function tryEach(rows: readonly Row[]): void {
  for (const { title, run } of rows) it.concurrent(title, run);
}

describe('each door with each kind of source:', () => {
  tryEach(sourceRows);
});

describe('each form and option at a door:', () => {
  tryEach(optionRows);
});

describe('programs of their own:', () => {
  tryEach(programRows);
});
