// A worker that has everything in its code, run in a process of its own by `worker-auth doctor -- node …`.
import { NativeConnection, Worker } from '@temporalio/worker';
import { temporalAuth } from '../../src/plugin.ts';
import { clientSecret } from '@worker-auth/calls/settings/credentials';

const { PLACE = '', TOKEN_URL = '', SECRET = '', MODE = '' } = process.env;
const [host = '', port = ''] = PLACE.split(':');
console.log('the program began');
const credentials = clientSecret({ id: 'worker', secret: SECRET, tokenUrl: TOKEN_URL });
const auth = temporalAuth({
  credentials,
  host,
  port: Number(port),
  connectTimeoutMs: 9_000,
  bootTimeoutMs: 1_000,
});
if (MODE === 'throws') throw new Error('of the program itself');
if (MODE === 'starts') await auth.ready();
if (MODE === 'exits') await auth.ready().catch(() => process.exit(1));
if (MODE === 'fails') {
  console.log(`orders.yaml is missing, ${SECRET}`);
  process.exit(3);
}
const activities = { none: () => Promise.resolve() };
if (MODE !== 'ends') {
  const options = { taskQueue: 'orders', activities };
  const worker = await Worker.create({
    ...{ ...options, plugins: [auth], maxConcurrentActivityTaskExecutions: 7 },
  });
  const runs = [worker.run()];
  console.log('the worker was made');
  if (MODE === 'second') {
    const second = await Worker.create({ ...options, plugins: [auth], namespace: 'elsewhere' });
    runs.push(second.run());
  }
  if (MODE === 'plain') {
    const connection = await NativeConnection.connect({ address: PLACE });
    const plain = await Worker.create({ connection, taskQueue: 'plain', activities });
    runs.push(plain.runUntil(() => Promise.resolve()));
  }
  await Promise.all(runs);
}
