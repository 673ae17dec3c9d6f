import type { ClientHealth, WorkerHealth } from './client-health.ts';
import { html, type Html } from './html.ts';
import { pageStyle } from './page-style.ts';
import type { Renewal } from './recent-renewals.ts';
import type { Verdict } from './verdict.ts';

/** A browser asks for the page anew after so many seconds. */
const reloadSeconds = 5;

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
] as const;

const workerColumns = ['Task queue', 'State', 'Restarts'];
const renewalColumns = ['At', 'What'];

/** What the page shows. */
export interface PageFacts {
  readonly health: ClientHealth;
  readonly verdict: Verdict;
  /** The newest first. */
  readonly renewals: readonly Renewal[];
}

/** One line of a list: what it is about, and what is known. */
type Fact = readonly [name: string, value: string | undefined];

/** @returns a page for people, which shows what health knows: of the token and its renewals, of Temporal and of the workers */
export function healthPage({ health, verdict, renewals }: PageFacts): string {
  const { kind, title } = summaryOf(verdict);
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="refresh" content="${reloadSeconds}" />
        <title>${title}</title>
        ${pageStyle}
      </head>
      <body>
        <h1 class="${kind}">${title}</h1>
        ${verdict.unready.map((reason) => html`<p>${reason}</p>`)}
        <h2>Token</h2>
        ${factList(tokenFacts(health))}
        <h2>Last renewals</h2>
        ${table(
          renewalColumns,
          renewals.map((one) => [one.at.toISOString(), saidOf(one)]),
        )}
        <h2>Temporal</h2>
        ${factList(temporalFacts(health))}
        <h2>Workers</h2>
        ${table(workerColumns, health.workers.map(workerRow))}
        <footer>
          As JSON: <a href="livez">livez</a>, <a href="readyz">readyz</a>, <a href="healthz">healthz</a>
        </footer>
      </body>
    </html> `.text;
}

function summaryOf({ dead, unready }: Verdict): { readonly kind: string; readonly title: string } {
  if (dead.length > 0) return { kind: 'dead', title: 'Not alive' };
  return unready.length > 0
    ? { kind: 'unready', title: 'Alive, not ready' }
    : { kind: 'ready', title: 'Alive and ready' };
}

function tokenFacts({ auth, certificate }: ClientHealth): readonly Fact[] {
  return [
    ['State', auth.state === 'off' ? 'authentication is off' : auth.state],
    ['Ends in', shownMs(auth.expiresInMs)],
    ['Renewed in', shownMs(auth.refreshInMs)],
    ['Credentials from', auth.credentialsSource],
    ['Last error', auth.lastError?.message],
    ['Certificate ends in', shownMs(certificate?.expiresInMs)],
  ];
}

function temporalFacts({ state, temporal }: ClientHealth): readonly Fact[] {
  return [
    ['Client', state],
    ['Token of the workers', temporal.state],
    ['For', shownMs(temporal.sinceMs)],
    ['Reason', temporal.reason],
  ];
}

function workerRow({ taskQueue, state, restarts }: WorkerHealth): readonly string[] {
  return [taskQueue, state, String(restarts)];
}

function saidOf(renewal: Renewal): string {
  if (renewal.kind === 'renewed')
    return `Token ${renewal.tokenNumber}, good for ${shownMs(renewal.lifetimeMs)}`;
  return `Failed, attempt ${renewal.attempt}; the next in ${shownMs(renewal.retryInMs)}`;
}

/** What is not known is left out. */
function factList(facts: readonly Fact[]): Html {
  const shown = facts.flatMap(([name, value]) =>
    value === undefined
      ? []
      : [
          html`<dt>${name}</dt>
            <dd>${value}</dd>`,
        ],
  );
  return html`<dl>${shown}</dl>`;
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): Html {
  if (rows.length === 0) return html`<p>None.</p>`;
  const head = columns.map((column) => html`<th scope="col">${column}</th>`);
  const body = rows.map(
    (row) =>
      html`<tr>
        ${row.map((cell) => html`<td>${cell}</td>`)}
      </tr>`,
  );
  return html`<table>
    <thead>
      <tr>
        ${head}
      </tr>
    </thead>
    <tbody>
      ${body}
    </tbody>
  </table>`;
}

/** By its two largest units: `1 d 2 h`, `4 min 12 s`, `7 s`. */
function shownMs(ms: number): string;
function shownMs(ms: number | undefined): string | undefined;
function shownMs(ms: number | undefined): string | undefined {
  if (ms === undefined) return undefined;
  let restMs = Math.max(0, ms);
  const parts: string[] = [];
  for (const [unit, unitMs] of units) {
    const count = Math.floor(restMs / unitMs);
    restMs -= count * unitMs;
    if (count > 0 || parts.length > 0) parts.push(`${count} ${unit}`);
  }
  return [...parts, `${Math.floor(restMs / 1_000)} s`].slice(0, 2).join(' ');
}
