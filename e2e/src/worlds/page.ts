import { markdownTable, measurementsPage, writeSection } from '@worker-auth/workspace/readme-section';
import { extraRuns, type LaneFigures, type WorldFigures } from './figures.ts';
import type { Judgement } from './judge.ts';
import { laws } from './laws.ts';

/** Writes the laws, and the worlds that both lanes did not go through alike, into docs/measurements/worlds.md. */
export async function writePage(judgements: readonly Judgement[]): Promise<void> {
  const page = measurementsPage('worlds');
  await writeSection(page, 'laws', laws.map(({ name, says }) => `- \`${name}\`: ${says}`).join('\n'));
  const byName = judgements.toSorted((a, b) => a.world.name.localeCompare(b.world.name));
  const lines = byName.flatMap(({ world, runs }) => {
    const figures = runs.at(-1);
    if (figures === undefined) return [];
    const [ours, plain] = [inWords(figures, figures.ours), inWords(figures, figures.plain)];
    return ours === plain
      ? []
      : [[world.name, world.faults.map(({ fault }) => fault.breaks).join('; '), ours, plain]];
  });
  const broken = byName.flatMap(({ world, broken: laws }) =>
    laws.map(({ law }) => `${law} in ${world.name}`),
  );
  const measured = new Date().toISOString().slice(0, 10);
  const verdict = broken.length === 0 ? 'no law is broken' : `broken are ${broken.join(', ')}`;
  const summary = `${byName.length} named worlds, ${measured}: ${verdict}. In ${byName.length - lines.length} of them both workers did the same; these are the others.`;
  const table = markdownTable(['world', 'what is wrong in it', 'ours', 'plain, `setApiKey`'], lines);
  await writeSection(page, 'worlds', [summary, '', ...table].join('\n'));
}

/** A lane in a cell: what is not as it should be is said. */
function inWords({ world }: WorldFigures, lane: LaneFigures): string {
  if (lane.startMs === undefined) return 'never started';
  const extra = extraRuns(world, lane);
  return [
    `${lane.completed} of ${world.work.length} workflows`,
    ...(extra > 0 ? [`${extra} extra runs`] : []),
    ...(lane.abandoned.length > 0 ? [`${lane.abandoned.length} abandoned`] : []),
    ...(lane.wasRunning ? [] : ['dead']),
  ].join('; ');
}
