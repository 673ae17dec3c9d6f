import { healthHandler, TemporalWorkflowClient } from '@worker-auth/temporal-auth';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';

await using client = new TemporalWorkflowClient({ shutdownTimeoutMs: 45_000 });

const { HEALTH_PORT, POD_IP } = process.env;
const probes = createServer(healthHandler(client)).listen(Number(HEALTH_PORT), POD_IP);

await client.runWorker({
  workflowsPath: fileURLToPath(new URL('./workflows.ts', import.meta.url)),
  activities: { countRows: async (table: string) => table.length },
  shutdownGraceTime: '30s',
  shutdownForceTime: '50s',
});
probes.close();
