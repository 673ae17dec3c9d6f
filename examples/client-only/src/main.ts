import { Client, Connection } from '@temporalio/client';
import { temporalAuth } from '@worker-auth/temporal-auth/client';

await using auth = temporalAuth();
const connection = await Connection.connect({ plugins: [auth] });
const client = new Client({ connection });
const { workflowId } = await client.workflow.start('order', { taskQueue: 'orders', workflowId: 'order-1' });
console.log(`started ${workflowId}`);
await connection.close();
