import type { ChaosRun } from './run-chaos.ts';

const width = 1_000;
const laneHeight = 90;
const margin = { left: 120, top: 30, bottom: 30 };
/** Workflows are counted in steps of so many milliseconds. */
const stepMs = 2_000;

/** A picture of a run (SVG): when each fault lasted, and how many workflows each worker completed. */
export function picture({ happenings, records }: ChaosRun): string {
  const endMs = Math.max(
    ...happenings.map(({ endedAtMs }) => endedAtMs),
    ...records.map(({ completedAtMs }) => completedAtMs.at(-1) ?? 0),
  );
  const x = (atMs: number): string => (margin.left + (atMs / endMs) * (width - margin.left - 10)).toFixed(1);
  const height = margin.top + records.length * laneHeight + margin.bottom;
  const bars = happenings.map(
    ({ title, beganAtMs, endedAtMs }) =>
      `<rect x="${x(beganAtMs)}" y="${margin.top}" width="${(Number(x(endedAtMs)) - Number(x(beganAtMs))).toFixed(1)}" ` +
      `height="${records.length * laneHeight}" fill="#e8590c" opacity="0.25"><title>${title}</title></rect>`,
  );
  const lanes = records.map(({ kind, completedAtMs }, index) => {
    const base = margin.top + (index + 1) * laneHeight;
    const counts = new Map<number, number>();
    for (const atMs of completedAtMs) {
      const step = Math.floor(atMs / stepMs);
      counts.set(step, (counts.get(step) ?? 0) + 1);
    }
    const most = Math.max(1, ...counts.values());
    const lines = [...counts].map(([step, count]) => {
      const top = base - (count / most) * (laneHeight - 20);
      return `<line x1="${x(step * stepMs)}" x2="${x(step * stepMs)}" y1="${base}" y2="${top.toFixed(1)}" stroke="#1971c2" stroke-width="2"/>`;
    });
    return `<text x="5" y="${base - 10}">${kind}</text>${lines.join('')}`;
  });
  const minutes = Array.from({ length: Math.floor(endMs / 60_000) + 1 }, (_, minute) => {
    return `<text x="${x(minute * 60_000)}" y="${height - 10}" text-anchor="middle">${minute}</text>`;
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">` +
    `<rect width="${width}" height="${height}" fill="white"/>` +
    `<text x="5" y="18">workflows completed in each 2 s; shaded: a fault; minutes</text>` +
    `${bars.join('')}${lanes.join('')}${minutes.join('')}</svg>\n`
  );
}
