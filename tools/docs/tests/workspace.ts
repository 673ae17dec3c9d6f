import { join } from 'node:path';

/** The top of the repository. */
export const workspace = join(import.meta.dirname, '../../..');
