/** All cases of the border. */
import { callers } from './callers.ts';
import { floods } from './floods.ts';
import { hoards } from './hoards.ts';
import { providers } from './providers.ts';
import { temporals } from './temporals.ts';
import type { BorderCase } from './trial.ts';

export const borderCases: readonly BorderCase[] = [
  ...callers,
  ...hoards,
  ...temporals,
  ...providers,
  ...floods,
];
