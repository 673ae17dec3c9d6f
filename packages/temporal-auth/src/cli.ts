#!/usr/bin/env node
import { styleText } from 'node:util';
import { run } from '@worker-auth/calls/command-line';
import { doctorCommand } from './cli/doctor-command.ts';
import { tokenCommand } from './cli/token-command.ts';

process.exitCode = await run(process.argv.slice(2), [doctorCommand, tokenCommand], {
  out: (text) => process.stdout.write(`${text}\n`),
  error: (text) => process.stderr.write(`${text}\n`),
  paint: (style, text) => (process.stdout.isTTY ? styleText(style, text, { stream: process.stdout }) : text),
  env: process.env,
});
