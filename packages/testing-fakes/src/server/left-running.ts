import process from 'node:process';

/** More than there are between a server and the test that starts it. */
const stackDepth = 50;
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

interface RunningServer {
  readonly startedBy: StartedBy;
  readonly port: number;
}

export interface StartedBy {
  /** The function of the kit: `MockOAuthServer.start`. */
  readonly start: string;
  /** The line of the stack: a file and a place in it. */
  readonly place: string;
}

const running = new Set<RunningServer>();

/** Who starts a server now: the first that is no part of this package, by the stack. */
export function startedBy(): StartedBy {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = stackDepth;
  // Without those of the host.
  const frames = String(new Error().stack)
    .split('\n')
    .filter((line) => /^(?!node:)./.test(placeOf(line)));
  Error.stackTraceLimit = limit;
  const ownFolder = folderOf(frames[0]);
  const first = frames.findIndex((frame) => !placeOf(frame).startsWith(ownFolder));
  return {
    // A bundler may have put an underscore before the name of a class.
    start: /at (?:async )?_*([\w.]+) /.exec(String(frames[first - 1]))?.[1] ?? 'a server',
    place: first < 0 ? 'an unknown place' : placeOf(frames[first]),
  };
}

/** The server runs, until the returned function is called. What runs when the process ends is reported. */
export function runs(server: RunningServer): () => void {
  if (running.size === 0) watchProcess();
  running.add(server);
  return () => {
    if (running.delete(server) && running.size === 0) unwatchProcess();
  };
}

function watchProcess(): void {
  process.on('exit', report);
  // Before a listener that is called once, which would not be counted any more.
  for (const signal of signals) process.prependListener(signal, onSignal);
}

function unwatchProcess(): void {
  process.off('exit', report);
  for (const signal of signals) process.off(signal, onSignal);
}

/** A server keeps its process alive, which is then ended from outside: as it would be if nobody listened. */
function onSignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  report();
  unwatchProcess();
  process.kill(process.pid, signal);
}

function report(): void {
  for (const { startedBy: by, port } of running) {
    process.stderr.write(
      `@worker-auth/testing-fakes: a server was left running: ${by.start} on port ${port}, started at ${by.place}. End it with stop() or await using\n`,
    );
  }
}

function placeOf(frame = ''): string {
  // The name of a function has no " (", and a path may have spaces.
  const [, ofNamed, ofOthers] = / \((.*:\d+:\d+)\)$|\bat (?:async )?(.*:\d+:\d+)$/.exec(frame) ?? [];
  return ofNamed ?? ofOthers ?? '';
}

/** The folder of the sources, or of what the package publishes: the parent of that of the file. */
function folderOf(frame: string | undefined): string {
  return placeOf(frame).split('/').slice(0, -2).concat('').join('/');
}
