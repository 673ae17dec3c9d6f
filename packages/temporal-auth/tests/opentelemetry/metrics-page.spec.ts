import { markdownTable, readSection } from '@worker-auth/workspace/readme-section';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import {
  type AttributeKey,
  attributes,
  type InstrumentEntry,
  instruments,
  spans,
} from '../../src/opentelemetry/catalogue.ts';

const page = fileURLToPath(new URL('../../docs/metrics.md', import.meta.url));

function code(text: string): string {
  return `\`${text}\``;
}

function names(keys: readonly AttributeKey[]): string {
  return keys.map((key) => code(attributes[key].name)).join(', ');
}

/** As the Collector names it; what really becomes of a name is tested with the exporter. */
function inPrometheus({ name, kind, unit }: InstrumentEntry): string {
  const suffixes = [unit === 's' && '_seconds', kind === 'counter' && '_total'].filter(
    (suffix) => suffix !== false,
  );
  return [name.replaceAll('.', '_'), ...suffixes].join('');
}

const sections = {
  instruments: markdownTable(
    ['instrument', 'in Prometheus', 'kind', 'unit', 'attributes', 'is'],
    Object.values<InstrumentEntry>(instruments).map((entry) => [
      ...[code(entry.name), code(inPrometheus(entry)), entry.kind, code(entry.unit)],
      ...[names(entry.attributes), entry.description],
    ]),
  ),
  attributes: markdownTable(
    ['attribute', 'says'],
    Object.values(attributes).map(({ name, description }) => [code(name), description]),
  ),
  spans: markdownTable(
    ['span', 'attributes', 'is'],
    Object.values(spans).map((span) => [code(span.name), names(span.attributes), span.description]),
  ),
} as const;

/** The cells of a table, however wide. */
function cells(lines: readonly string[]): string[][] {
  const rows = lines.filter((line) => line.startsWith('|') && !line.startsWith('| --'));
  return rows.map((line) => line.split('|').map((cell) => cell.trim()));
}

it.each(Object.entries(sections))('the page lists the %s that the code has, and no others', (name, lines) => {
  expect(cells(readSection(page, name).split('\n'))).toEqual(cells(lines));
});
