import '../src/fixtures/runtime-log.ts';
import { describe, it } from 'vitest';
import { sourceRows } from '../src/matrix/table.ts';

describe('each door with each kind of source:', () => {
  it.concurrent.each(sourceRows)('$title', ({ run }) => run());
});
