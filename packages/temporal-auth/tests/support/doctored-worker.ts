// A worker that has everything in its code, run in a process of its own by `worker-auth doctor -- node …`.
import { Worker } from '@temporalio/worker';
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
if (MODE !== 'ends') {
  await Worker.create({
    ...{ taskQueue: 'orders', plugins: [auth], maxConcurrentActivityTaskExecutions: 7 },
    activities: { none: () => Promise.resolve() },
  });
  console.log('the worker was made');
}
