// Run in a process of its own: it comes to its end only if a stopped gateway leaves nothing behind.
import { once } from 'node:events';
import { TemporalAuthGateway } from '../../src/gateway/temporal-auth-gateway.ts';
import { WORKFLOW_SERVICE, requestFor } from './grpc.ts';
import { RawClient } from './raw-http2.ts';

const [upstream = '', jwks = '', token = ''] = process.argv.slice(2);
const gateway = await TemporalAuthGateway.start({ upstream, jwks });
const passed = new Promise((resolve) => gateway.subscribe(resolve));

const message = requestFor('default');
const poll = new RawClient(gateway.address).request({
  ':path': `${WORKFLOW_SERVICE}/PollWorkflowTaskQueue`,
  authorization: `Bearer ${token}`,
});
poll.end(Buffer.concat([Buffer.from([0, 0, 0, 0, message.length]), message]));
const closed = once(poll, 'close');
await passed;
await gateway.stop();
await closed;
console.log('stopped', gateway.totals);
