import { Worker } from '@temporalio/worker';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { temporalAuth } from '@worker-auth/temporal-auth';
import * as activities from './activities';

async function run() {
  const config = loadClientConnectConfig();
  await using auth = temporalAuth();
  const connection = await auth.connectNative(config.connectionOptions);
  try {
    const worker = await Worker.create({
      connection,
      taskQueue: 'hello-world',
      workflowsPath: require.resolve('./workflows'),
      activities,
    });
    await worker.run();
  } finally {
    await connection.close();
  }
}

run().catch((err) => {
  console.error(err);
  process.exit(1);
});
