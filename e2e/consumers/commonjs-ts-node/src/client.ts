import { TemporalWorkflowClient } from '@worker-auth/temporal-auth';
import { invoice } from './workflows';

async function run(): Promise<void> {
  await using client = new TemporalWorkflowClient({ applicationName: 'invoices' });
  await client.load();
  const { handle } = await client.startWorkflow(invoice, { args: [[20, 22]] });
  console.log(await handle.result());
}

run().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
