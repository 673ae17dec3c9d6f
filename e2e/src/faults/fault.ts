import { setTimeout as sleep } from 'node:timers/promises';

/** Mends what a fault broke; what it returns is awaited. */
export type Mend = () => unknown;

/** Something that goes wrong around a worker. */
export interface Fault<Servers> {
  /** What it breaks, as a table shows it. */
  readonly breaks: string;
  /** What shows that the worker is back: a workflow that completes, or a new token first. */
  readonly back: 'workflow' | 'token';
  /** Breaks it; gives what mends it. */
  readonly begin: (servers: Servers) => Mend | Promise<Mend>;
}

/** For what needs no mending: the worker has all that it needs. */
export const nothingToMend: Mend = () => undefined;

/** Lets a fault happen for its time. */
export async function lasting<Servers>(
  { begin }: Fault<Servers>,
  servers: Servers,
  seconds: number,
): Promise<void> {
  const mend = await begin(servers);
  await sleep(seconds * 1_000);
  await mend();
}
