import { projectTests } from '@worker-auth/workspace/vitest';
import { availableParallelism } from 'node:os';

// The longest of all, so that in the end it runs alone: by itself vitest leaves one core idle, which is half of two.
export default projectTests({ maxWorkers: Math.max(2, availableParallelism() - 1) });
