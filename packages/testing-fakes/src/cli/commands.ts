import type { Command } from './command.ts';
import { daprCommand } from './dapr-command.ts';
import { frontendCommand } from './frontend-command.ts';
import { gatewayCommand } from './gateway-command.ts';
import { oauthCommand } from './oauth-command.ts';
import { stackCommand } from './stack-command.ts';

/** The commands, in the order of the help. */
export const commands: readonly Command[] = [
  oauthCommand,
  daprCommand,
  gatewayCommand,
  frontendCommand,
  stackCommand,
];
