import type { Program } from '@worker-auth/calls/command-line';
import { doctorCommand } from './doctor-command.ts';
import { tokenCommand } from './token-command.ts';

export const workerAuth: Program = {
  name: 'worker-auth',
  npx: 'npx @worker-auth/temporal-auth',
  summary:
    'OAuth2 for Temporal workers: diagnosis and tokens. Reads the same environment variables as a worker.',
  commands: [doctorCommand, tokenCommand],
  moved: { agent: 'the agent is a package of its own: npx @worker-auth/agent' },
};
