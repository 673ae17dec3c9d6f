import { TemporalWorkflowClient } from '@worker-auth/temporal-auth';
import * as activities from './activities';

async function run(): Promise<void> {
  await using client = new TemporalWorkflowClient({ applicationName: 'invoices' });
  await client.runWorker({ workflowsPath: require.resolve('./workflows'), activities });
}

run().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
