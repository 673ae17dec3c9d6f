#!/usr/bin/env node
import { run, thisProcess } from '@worker-auth/calls/command-line';
import { workerAuth } from './cli/program.ts';

process.exitCode = await run(workerAuth, process.argv.slice(2), thisProcess, import.meta.url);
