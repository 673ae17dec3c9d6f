import { go } from './go.ts';
import { python } from './python.ts';
import { samples } from './samples.ts';
import type { Suite } from './suite.ts';
import { typescript } from './typescript.ts';

/** All suites. */
export const suites: readonly Suite[] = [typescript, go, python, samples];
