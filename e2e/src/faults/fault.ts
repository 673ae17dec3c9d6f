import { setTimeout as sleep } from 'node:timers/promises';

/** Mends what a fault broke; resolves when it is mended. */
export type Mend = () => Promise<void>;

/** Something that goes wrong around a worker. */
export interface Fault<Servers> {
  /** What it breaks, as a table shows it. */
  readonly breaks: string;
  /** What shows that the worker is back: a workflow that completes, or a new token first. */
  readonly back: 'workflow' | 'token';
  /** Breaks it; resolves to what mends it. */
  begin(servers: Servers): Promise<Mend>;
}

/** For what needs no mending: the worker has all that it needs. */
export const nothingToMend: Mend = () => Promise.resolve();

/** Lets a fault happen for its time. */
export async function lasting<Servers>(
  fault: Fault<Servers>,
  servers: Servers,
  seconds: number,
): Promise<void> {
  const mend = await fault.begin(servers);
  await sleep(seconds * 1_000);
  await mend();
}
