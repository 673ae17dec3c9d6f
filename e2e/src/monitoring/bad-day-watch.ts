import type { PrometheusAlert } from '@worker-auth/servers';
import { markdownTable } from '@worker-auth/workspace/readme-section';
import type { FaultyWorker } from './faulty-worker.ts';
import type { MonitoredFault } from './monitored-faults.ts';

let last: Promise<unknown> = Promise.resolve();

/** One diagnosis after the other: all at once would take the time of what they look at. */
function inTurn(diagnose: () => Promise<string>): Promise<string> {
  const next = last.then(diagnose);
  last = next.catch(() => undefined);
  return next;
}

const badDaysHead = ['bad day', 'first log line', 'lines', '`/readyz`', 'alert', 'after', 'doctor'];

/** What an operator is told on a bad day, at each place. */
export class BadDayWatch {
  readonly fault: MonitoredFault;
  /** By code, or by name where there is none; each with the name of the alert. */
  readonly fired = new Map<string, string>();
  readonly #worker: FaultyWorker;
  readonly #beganMs = Date.now();
  readonly #linesBefore: number;
  #raisedSeconds: number | undefined;
  #readyz = '';
  #doctor: Promise<string> | undefined;

  constructor(worker: FaultyWorker, fault: MonitoredFault) {
    this.fault = fault;
    this.#worker = worker;
    this.#linesBefore = worker.worker.lines().length;
  }

  /** Lines since the beginning. */
  get lines(): readonly string[] {
    return this.#worker.worker.lines().slice(this.#linesBefore);
  }

  async look(alerts: readonly PrometheusAlert[]): Promise<void> {
    for (const { state, labels } of alerts)
      if (state === 'firing' && labels['job'] === this.#worker.name)
        this.fired.set(labels['code'] ?? labels['alertname'] ?? '', labels['alertname'] ?? '');
    const { says } = this.fault;
    if (says === undefined) return;
    const response = await fetch(`${this.#worker.worker.health}/readyz`);
    const { conditions = [] } = (await response.json()) as { readonly conditions?: readonly string[] };
    const isRaised = conditions.includes(says);
    if (!isRaised && !this.fired.has(says)) return;
    if (isRaised) this.#raisedSeconds ??= Math.round((Date.now() - this.#beganMs) / 1_000);
    if (this.#readyz === '' || this.fired.has(says))
      this.#readyz = [response.status, ...conditions].join(' ');
    this.#doctor ??= inTurn(() => this.#worker.diagnose()).catch(String);
  }

  /** Whether all is said that is to be. */
  get isSaid(): boolean {
    return this.fault.says === undefined || this.fired.has(this.fault.says);
  }

  /** What fired and is not of this day. */
  get others(): readonly string[] {
    const { says, before = [] } = this.fault;
    return [...this.fired.keys()].filter((code) => code !== says && !before.includes(code));
  }

  async row(): Promise<readonly string[]> {
    const { says = '', title } = this.fault;
    const alert = this.fired.get(says) ?? '';
    const [first = ''] = this.lines;
    const after = this.#raisedSeconds === undefined ? 'none' : `${this.#raisedSeconds} s`;
    const line = first
      .replace(/ See http.*/, '')
      .replaceAll(/127\.0\.0\.1:\d+|localhost:\d+|\/\S+(?=\/agent\/)/g, '…');
    const shown = line.length > 70 ? `${line.slice(0, 70)}…` : line;
    const doctor = shortened((await this.#doctor) ?? '');
    const firstLine = this.lines.length === 0 ? 'none' : `\`${shown.replaceAll(/[|`]/g, "'")}\``;
    return [title, firstLine, String(this.lines.length), this.#readyz, `\`${alert}\``, after, doctor];
  }
}

export function badDaysTable(rows: readonly (readonly string[])[]): string {
  return markdownTable(badDaysHead, rows).join('\n');
}

function shortened(text: string): string {
  return text.replaceAll(/127\.0\.0\.1:\d+|localhost:\d+/g, '…').replaceAll('|', '/');
}
