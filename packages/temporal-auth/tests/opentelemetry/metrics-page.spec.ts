import { readSection } from '@worker-auth/workspace/readme-section';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { inPrometheus, metricCatalogue, spanCatalogue } from '../support/metric-catalogue.ts';

const page = fileURLToPath(new URL('../../docs/metrics.md', import.meta.url));
const metrics = await metricCatalogue();
const spans = spanCatalogue();

/** The rows of a table below its head. What stands in backticks in a cell of attributes is sorted. */
function rows(section: string): string[][] {
  const lines = readSection(page, section).split('\n');
  const table = lines.filter((line) => line.startsWith('|')).slice(2);
  return table.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

function names(cell = ''): string {
  return [...cell.matchAll(/`([^`]+)`/g)]
    .map(([, name]) => name)
    .toSorted()
    .join(' ');
}

it('the page lists the instruments that are exported, and no others', () => {
  const listed = rows('instruments').map(([name, prometheus, kind, attributes, is]) => [
    ...[names(name), names(prometheus), kind, names(attributes), is],
  ]);
  const exported = metrics.map((metric) => [
    ...[metric.name, inPrometheus(metric), metric.kind.replace('observable ', '')],
    ...[metric.attributes.join(' '), metric.description],
  ]);
  expect(listed.toSorted()).toEqual(exported.toSorted());
});

it('the page lists the attributes that are exported, and no others', () => {
  const exported = new Set([...metrics, ...spans].flatMap(({ attributes }) => attributes));
  expect(
    rows('attributes')
      .map(([name]) => names(name))
      .toSorted(),
  ).toEqual([...exported].toSorted());
});

it('the page lists the spans that are made, and no others', () => {
  const listed = rows('spans').map(([name, attributes]) => [names(name), names(attributes)]);
  const made = spans.map(({ name, attributes }) => [name, attributes.join(' ')]);
  expect(listed.toSorted()).toEqual(made.toSorted());
});
