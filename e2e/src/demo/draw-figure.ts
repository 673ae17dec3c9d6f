// `npm run figure -w @worker-auth/e2e`: runs the demonstration, rotates the secret, and writes the picture of it, and the card of the site.
import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { startBrowser } from '../fixtures/browser.ts';
import { DemoProcess } from '../fixtures/demo-process.ts';
import { demonstrationFigure, type DrawnData } from './figure.ts';

const [quietMs, longMs] = [20_000, 85_000];
const fileOf = (path: string): URL => new URL(`../../../${path}`, import.meta.url);

await using demo = new DemoProcess(['--seconds', '600']);
const url = await demo.printed(/What happens, live +(http:\S+)\n/);
await demo.printed(/The worker runs/);
await sleep(quietMs);
await fetch(new URL('/faults/rotate-secret', url), {
  method: 'POST',
  headers: { origin: new URL(url).origin },
});
await sleep(longMs);
const events = await fetch(new URL('/events', url));
console.log(await demo.endBy('SIGTERM'), demo.output);
const figure = demonstrationFigure(last(await events.text()));
await writeFile(fileOf('tools/docs/public/two-workers.svg'), figure);
await using started = await startBrowser();
const page = await started.browser.newPage({ viewport: { width: 1_200, height: 630 } });
await page.setContent(card(figure));
await page.screenshot({ path: fileOf('tools/docs/public/card.png').pathname });

/** The last event has all that happened. */
function last(text: string): DrawnData {
  const [, data] = [...text.matchAll(/^data: (\{"nowMs.*)$/gm)].at(-1) ?? [];
  if (data === undefined) throw new Error('No event');
  const drawn = JSON.parse(data) as DrawnData;
  return { ...drawn, outages: drawn.outages.slice(0, 1) };
}

function card(picture: string): string {
  return `<body style="margin:70px;font:32px system-ui,sans-serif;color:#1b2027;background:#fff">
    <b style="font-size:56px">worker-auth</b><br>OAuth2 for Temporal workers. The client secret is rotated:<br><br>${picture}</body>`;
}
