import { subscribe } from 'node:diagnostics_channel';
import { writeFileSync } from 'node:fs';
import { systemClock } from '@worker-auth/internal';
import type { Announcement } from './doctor/announcement.ts';

// Loaded into a program by `worker-auth doctor -- <program>`: in place of its first worker it makes a diagnosis, by the program's own options.

/** What the doctor hands over. */
interface Order {
  /** That gets the diagnosis, as JSON. */
  readonly file: string;
  /** How long a program that has made its client may take to make a worker, in milliseconds. */
  readonly waitMs: number;
  readonly options: object;
}

const { file, waitMs, options } = JSON.parse(process.env['WORKER_AUTH_DOCTOR'] ?? '') as Order;

let isMade = false;
let first: Announcement | undefined;

subscribe('@worker-auth/temporal-auth', (message) => {
  const announcement = message as Announcement;
  if (announcement.worker !== undefined) announcement.held = report(announcement);
  else if (first === undefined) {
    first = announcement;
    systemClock.startTimer(ended, waitMs);
  }
});
process.on('beforeExit', ended);
// A start that failed is what the diagnosis is about.
process.on('uncaughtException', (error) => {
  console.error(error);
  if (first === undefined) process.exit(1);
  else ended();
});

function ended(): void {
  if (first !== undefined) void report(first);
}

async function report({ diagnose, worker }: Announcement): Promise<void> {
  if (isMade) return;
  isMade = true;
  const diagnosis = await diagnose(options, worker === undefined ? [] : [worker]);
  writeFileSync(file, JSON.stringify(diagnosis));
  process.exit(0);
}
