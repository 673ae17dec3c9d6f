/** Measures how soon this package, as built, is there, and writes the table into its page of measurements. Run it with `nx bench refresh-scheduler`. */
import { writeStartTimes } from '@worker-auth/workspace/start-times';
import { join } from 'node:path';

const programs = {
  'import of `@worker-auth/refresh-scheduler`': "await import('@worker-auth/refresh-scheduler');",
  'from the import to the first lease, which takes no time': `
    const { readInstant, RefreshScheduler, systemClock } = await import('@worker-auth/refresh-scheduler');
    const refresh = async () => ({ value: 1, obtainedAt: readInstant(systemClock), lifetimeMs: 60_000 });
    await new RefreshScheduler({ refresh }).refreshNow();`,
  'import of `@worker-auth/refresh-scheduler/certificate`':
    "await import('@worker-auth/refresh-scheduler/certificate');",
};
await writeStartTimes(join(import.meta.dirname, '..'), programs);
