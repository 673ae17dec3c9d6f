import { expect, it } from 'vitest';
import { complaints } from '../src/chaos/report.ts';
import { runChaos } from '../src/chaos/run-chaos.ts';

const minutes = 5;

it('five minutes of faults at random: every workflow completes, no activity runs twice, the same workers run', async () => {
  const lines: string[] = [];
  const run = await runChaos({ minutes, seed: 7, tell: (line) => lines.push(line) });
  expect(run.happenings.length, lines.join('\n')).toBeGreaterThan(5);
  for (const { kind, started } of run.records) expect(started, kind).toBeGreaterThan(minutes * 45);
  const log = run.records.flatMap(({ kind, log: those }) =>
    those.filter(({ level }) => level !== 'INFO').map(({ message }) => `${kind}: ${message}`),
  );
  expect(complaints(run), [...lines, ...log].join('\n')).toEqual([]);
}, 900_000);
