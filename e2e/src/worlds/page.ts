import { markdownTable, measurementsPage, writeSection } from '@worker-auth/workspace/readme-section';
import { extraRuns, type LaneFigures, type WorldFigures } from './figures.ts';
import type { Judgement } from './judge.ts';
import { laws } from './laws.ts';

/** Writes the laws and the worlds into docs/measurements/worlds.md. */
export async function writePage(judgements: readonly Judgement[]): Promise<void> {
  const page = measurementsPage('worlds');
  await writeSection(page, 'laws', laws.map(({ name, says }) => `- \`${name}\`: ${says}`).join('\n'));
  const byName = judgements.toSorted((a, b) => a.world.name.localeCompare(b.world.name));
  const lines = byName.flatMap(({ world, runs, broken }) => {
    const figures = runs.at(-1);
    if (figures === undefined) return [];
    const faults = world.faults.map(({ fault }) => fault.breaks).join('; ');
    const verdict = broken.length === 0 ? 'none' : broken.map(({ law }) => law).join(', ');
    const measured = new Date().toISOString().slice(0, 10);
    return [
      [
        world.name,
        faults,
        inWords(figures, figures.ours),
        inWords(figures, figures.plain),
        verdict,
        measured,
      ],
    ];
  });
  const head = ['world', 'what is wrong in it', 'ours', 'plain, `setApiKey`', 'laws broken', 'measured'];
  await writeSection(page, 'worlds', markdownTable(head, lines).join('\n'));
}

/** A lane in a cell: what is not as it should be is said. */
export function inWords({ world }: WorldFigures, lane: LaneFigures): string {
  if (lane.startMs === undefined) return 'never started';
  const extra = extraRuns(world, lane);
  return [
    `${lane.completed} of ${world.work.length} workflows`,
    ...(extra > 0 ? [`${extra} extra runs`] : []),
    ...(lane.abandoned.length > 0 ? [`${lane.abandoned.length} abandoned`] : []),
    ...(lane.wasRunning ? [`exit after ${(lane.exitMs / 1_000).toFixed(1)} s`] : ['dead']),
  ].join('; ');
}
