import '../src/fixtures/runtime-log.ts';
import { afterAll, describe, it } from 'vitest';
import { endAgents, programRows } from '../src/matrix/agent-rows.ts';
import { optionRows, sourceRows } from '../src/matrix/table.ts';

afterAll(endAgents);

describe.each([
  { what: 'each door with each kind of source', rows: sourceRows },
  { what: 'options and ports at a door', rows: optionRows },
  { what: 'programs of their own', rows: programRows },
])('$what:', ({ rows }) => {
  for (const { title, run } of rows) it.concurrent(title, run);
});
