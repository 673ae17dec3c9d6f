// A program: a worker as a user writes one. Its arguments: Temporal's address, task queue, journal, the bundle of the workflows, and a file whose
// token is read each second; without one the calls carry none.
import { heartbeat, sleep } from '@temporalio/activity';
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { appendFileSync, readFileSync } from 'node:fs';

const [address = '', taskQueue = '', journal = '', codePath = '', tokenFile] = process.argv.slice(2);
const activities = {
  async step(id: string, seconds: number): Promise<string> {
    appendFileSync(journal, `${id}\n`);
    for (let turn = 0; turn < Math.max(1, Math.round(seconds * 2)); turn++) {
      heartbeat(id);
      await sleep(Math.min(0.5, seconds) * 1_000);
    }
    return id;
  },
};
Runtime.install({
  telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' }, forward: {} } },
});
const token = (): string => readFileSync(tokenFile ?? '', 'utf8');
const connection = await NativeConnection.connect(
  tokenFile === undefined ? { address } : { address, apiKey: token(), tls: false },
);
const timer = setInterval(() => {
  if (tokenFile !== undefined) void connection.setApiKey(token());
}, 1_000);
const worker = await Worker.create({
  ...{ connection, taskQueue, activities, workflowBundle: { codePath }, shutdownGraceTime: '20 seconds' },
});
console.log('running');
try {
  await worker.run();
} finally {
  clearInterval(timer);
}
await connection.close();
