#!/usr/bin/env node
import { run, thisProcess } from '@worker-auth/calls/command-line';
import { doctorCommand } from './cli/doctor-command.ts';
import { tokenCommand } from './cli/token-command.ts';

process.exitCode = await run(
  {
    name: 'worker-auth',
    npx: 'npx @worker-auth/temporal-auth',
    summary: 'OAuth2 for Temporal workers: diagnosis and tokens. Reads the same environment variables as a worker.',
    commands: [doctorCommand, tokenCommand],
    moved: { agent: 'the agent is a package of its own: npx @worker-auth/agent' },
  },
  process.argv.slice(2),
  thisProcess,
);
