#!/usr/bin/env node
import { run } from './cli/run.ts';
import { serverCommands } from './cli/server-commands.ts';
import { stackCommand } from './cli/stack-command.ts';

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // A second one ends the process at once, as it would without us.
  process.once(signal, () => {
    stopping.abort();
  });
}

process.exitCode = await run(process.argv.slice(2), [...serverCommands, stackCommand], {
  out: (line) => process.stdout.write(`${line}\n`),
  error: (line) => process.stderr.write(`${line}\n`),
  stopping: stopping.signal,
});
