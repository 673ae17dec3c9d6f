import { expect, it } from 'vitest';
import { demonstrationFigure } from '../src/demo/figure.ts';
import { Timeline } from '../src/demo/timeline.ts';

it('the picture of a demonstration has a bar for each second of work, and says what became of both workers', () => {
  let nowMs = 0;
  const timeline = new Timeline(() => nowMs);
  for (const counts of [
    ['completed', 'plainCompleted'],
    ['completed'],
    ['completed', 'plainRejected'],
  ] as const) {
    for (const what of counts) timeline.count(what);
    nowMs += 1_000;
  }
  timeline.outage('Rotate the secret');
  const svg = demonstrationFigure({
    ...timeline.since(0),
    plain: { started: 3, completed: 1, state: 'FAILED' },
    totals: {
      ...{ started: 3, completed: 3 },
      rpcs: { rejected: 1, rejectedOfClient: 1, plain: { passed: 4, rejected: 5 } },
    },
  });
  expect(svg.match(/class="done"/g)).toHaveLength(4);
  expect(svg.match(/class="rejected"/g)).toHaveLength(1);
  for (const words of [
    ...['3 of 3 workflows, 0 calls rejected', '1 of 3 workflows, 5 calls rejected, FAILED'],
    ...['↑ Rotate the secret', '>3 s<'],
  ])
    expect(svg).toContain(words);
});
