import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { nanoid } from 'nanoid';
import { example } from './workflows';
import { temporalAuth } from '@worker-auth/temporal-auth';

async function run() {
  const config = loadClientConnectConfig();
  await using auth = temporalAuth();
  const connection = await Connection.connect({ ...config.connectionOptions, plugins: [auth] });
  const client = new Client({ connection });

  const handle = await client.workflow.start(example, {
    taskQueue: 'hello-world',
    workflowId: 'workflow-' + nanoid(),
    args: ['Temporal'],
  });
  console.log(`Started workflow ${handle.workflowId}`);
  console.log(await handle.result());
}

run().catch((err) => {
  console.error(err);
  process.exit(1);
});
