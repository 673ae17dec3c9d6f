#!/usr/bin/env node
import { styleText } from 'node:util';
import { agentCommand } from './cli/agent-command.ts';
import { run } from './cli/command-line.ts';

const args = process.argv.slice(2);
// An agent runs for months: it does without Temporal's client, which the others load.
const others =
  args[0] === agentCommand.name
    ? []
    : [
        (await import('./cli/doctor-command.ts')).doctorCommand,
        (await import('./cli/token-command.ts')).tokenCommand,
      ];

process.exitCode = await run(args, [...others, agentCommand], {
  out: (text) => process.stdout.write(`${text}\n`),
  error: (text) => process.stderr.write(`${text}\n`),
  paint: (style, text) => (process.stdout.isTTY ? styleText(style, text, { stream: process.stdout }) : text),
  env: process.env,
});
