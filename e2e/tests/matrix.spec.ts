import '../src/fixtures/runtime-log.ts';
import { afterAll, describe, expect, it } from 'vitest';
import { endAgents, programRows } from '../src/matrix/agent-rows.ts';
import { findGaps } from '../src/matrix/coverage.ts';
import { settableValues } from '../src/matrix/option-count.ts';
import { optionRows, type Row, sourceRows } from '../src/matrix/table.ts';

const rows: readonly Row[] = [...sourceRows, ...optionRows, ...programRows];

function tryEach(group: readonly Row[]): void {
  for (const { title, run } of group) it.concurrent(title, run);
}

describe('each door with each kind of source:', () => {
  tryEach(sourceRows);
});

describe('each form and option at a door:', () => {
  tryEach(optionRows);
});

describe('programs of their own:', () => {
  afterAll(endAgents);
  tryEach(programRows);
});

describe('the table', () => {
  it(`has ${rows.length} rows, each with its own title`, () => {
    expect(rows.length).toBeGreaterThan(240);
    expect(new Set(rows.map(({ title }) => title)).size).toBe(rows.length);
  });

  it('has every export and option of the packages, or says why not', () => {
    const { missing, unneeded, tried } = findGaps();
    expect({ missing, unneeded }).toEqual({ missing: [], unneeded: [] });
    expect(tried).toBeGreaterThan(150);
  });
});

it('temporalAuth and the functions of its credentials can be told 42 things, or fewer', () => {
  const all = settableValues();
  for (const one of ['credentials', 'tls.certFile', 'secret', 'provider']) expect(all).toContain(one);
  // What Temporal's own TLS has is not ours.
  const ours = [...all].filter((name) => !/^tls\.(?:serverRootCACertificate|clientCertPair)/.test(name));
  expect(ours.length).toBeLessThanOrEqual(42);
});
