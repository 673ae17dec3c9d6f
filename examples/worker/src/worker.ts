import { Worker } from '@temporalio/worker';
import { temporalAuth } from '@worker-auth/temporal-auth';
import * as activities from './activities';

async function run() {
  await using auth = temporalAuth();
  const connection = await auth.connectNative();
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
