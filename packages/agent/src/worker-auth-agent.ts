#!/usr/bin/env node
import { runAlone, thisProcess } from '@worker-auth/calls/command-line';
import { agentCommand } from './agent-command.ts';

process.exitCode = await runAlone(agentCommand, process.argv.slice(2), thisProcess, import.meta.url);
