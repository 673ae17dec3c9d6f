// Run in a process of its own: says which of Temporal's modules for workers are loaded once a client has done its work.
import { createRequire } from 'node:module';
import { FakeTemporalFrontend, LoopbackServer, MockOAuthServer } from '@worker-auth/testing-fakes';
import { authOptions } from '@worker-auth/calls/tests/auth-options';
import { AtlanAuthClient } from '../../src/facade/atlan-auth-client.ts';
import { TemporalWorkflowClient } from '../../src/facade/temporal-workflow-client.ts';
import { healthHandler } from '../../src/health/health-handler.ts';

const [withWorker = 'no'] = process.argv.slice(2);
const oauth = await MockOAuthServer.start();
const temporal = await FakeTemporalFrontend.start();
const options = authOptions(oauth);
const auth = new AtlanAuthClient(options);
await auth.getAccessToken();
await auth.stop();
const client = new TemporalWorkflowClient({ ...options, host: '127.0.0.1', port: temporal.port });
const probes = await LoopbackServer.start(healthHandler(client));
await client.load();
await fetch(probes.url);
await client.startWorkflow('extract');
if (withWorker === 'with-worker') await client.createWorker({ activities: { countRows: () => 1 } });
await client.close();
await probes.stop();
await temporal.stop();
await oauth.stop();

const loaded = Object.keys(createRequire(import.meta.url).cache);
const native = ['worker', 'core-bridge'].filter((name) =>
  loaded.some((path) => path.includes(`@temporalio/${name}/`)),
);
console.log(JSON.stringify(native));
