import { subscribe } from 'node:diagnostics_channel';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type * as sdk from '@temporalio/worker';
import { callSafely, systemClock, type Timer } from '@worker-auth/internal';
import type { Announcement } from './doctor/announcement.ts';
import type { Diagnosis } from './doctor/diagnosis.ts';
import type { WorkerMade } from './worker/native-connections.ts';

// Loaded into a program by `worker-auth doctor -- <program>`: runs it until its workers would poll, and makes a diagnosis by its own options.

/** What the doctor hands over. */
interface Order {
  /** That gets the diagnosis and the exit code of the program, as JSON. */
  readonly file: string;
  /** How long a program that has made its client may take until its workers run, in milliseconds. */
  readonly waitMs: number;
  /** How long another worker is waited for, in milliseconds. */
  readonly settleMs: number;
  readonly options: object;
}

type Diagnose = Announcement['diagnose'];

const { file, waitMs, settleMs, options } = JSON.parse(process.env['WORKER_AUTH_DOCTOR'] ?? '') as Order;

const clients = new Set<Diagnose>();
/** By their options. */
const workers: WorkerMade[] = [];
const exit = process.exit.bind(process);
const never = new Promise<never>(() => undefined);
let [making, running] = [0, 0];
let settled: Timer | undefined;
let ending: Promise<void> | undefined;

/** Where the program itself gets Temporal's SDK from; `undefined` for one that is bundled. */
const found = callSafely(
  () => createRequire(process.argv[1] ?? `${process.cwd()}/none`)('@temporalio/worker') as typeof sdk,
  undefined,
);

if (found !== undefined) watch(found);

subscribe('@worker-auth/temporal-auth', (message) => {
  const announcement = message as Announcement;
  const { diagnose, worker } = announcement;
  if (clients.size === 0) systemClock.startTimer(() => void end(0), waitMs);
  clients.add(diagnose);
  if (worker === undefined || found !== undefined) return;
  workers.push(worker);
  // It would poll.
  announcement.held = end(0);
});

process.on('beforeExit', (code) => {
  if (clients.size + workers.length > 0) void end(code);
});
// A start that failed is what the diagnosis is about.
process.on('uncaughtException', (error) => {
  if (ending !== undefined) return;
  console.error(error);
  void end(1);
});
process.exit = (code = process.exitCode): never => {
  const isFirst = ending === undefined;
  void end(Number(code ?? 0));
  // Nothing behind it is run.
  if (isFirst) throw new Error('The program has ended');
  return undefined as never;
};

/** Workers are made, and do not run. */
function watch({ Worker }: typeof sdk): void {
  const create = Worker.create.bind(Worker);
  Worker.create = async (given) => {
    making++;
    const index = workers.push(given) - 1;
    try {
      const worker = await create(given);
      workers[index] = {
        ...given,
        namespace: worker.options.namespace,
        connection: worker.connection,
      };
      return worker;
    } finally {
      making--;
      settle();
    }
  };
  Worker.prototype.run = Worker.prototype.runUntil = (): Promise<never> => {
    running++;
    settle();
    return never;
  };
}

function settle(): void {
  settled?.cancel();
  settled = systemClock.startTimer(() => {
    if (making === 0 && running > 0) void end(0);
  }, settleMs);
}

/** Ends the program, with the diagnosis of its first client that has a failure. */
function end(code: number): Promise<void> {
  if (clients.size + workers.length === 0) exit(code);
  return (ending ??= report(code).finally(() => exit(code)));
}

async function report(code: number): Promise<void> {
  const { diagnoseProgram } = await import('./doctor/diagnose.ts');
  const byEnvironment: Diagnose = (asked) => diagnoseProgram({ ...asked, native: true }, { workers });
  let diagnosis: Diagnosis | undefined;
  for (const diagnose of clients.size === 0 ? [byEnvironment] : clients)
    if (diagnosis?.success !== false) diagnosis = await diagnose(options, workers);
  writeFileSync(file, JSON.stringify({ code, diagnosis }));
}
