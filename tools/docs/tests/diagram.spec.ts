import { expect, it } from 'vitest';
import { drawDiagram } from '../src/diagram.ts';

it('draws a diagram that asks no other host for anything', () => {
  const drawing = drawDiagram('flowchart TD\n  A["one"] --> B["two"]\n');
  expect(drawing).toMatch(
    /^<figure class="diagram" tabindex="0" v-html="[^"<]*<svg[^"]*one[^"]*two[^"]*<\/svg>[^"]*"><\/figure>\n$/,
  );
  expect(drawing.replace('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|@import/);
});

it('takes nothing else for one', () => {
  expect(() => drawDiagram('nothing of the kind')).toThrow(/Invalid mermaid header/);
});
