// Run in a process of its own: it comes to its end only if a stopped frontend leaves nothing behind.
import { FakeTemporalFrontend } from '../../src/frontend/fake-temporal-frontend.ts';
import { FrontendCaller } from './frontend-caller.ts';

const frontend = await FakeTemporalFrontend.start();
const caller = new FrontendCaller(frontend.address, 'good');
const namespace = 'default';
// A workflow is open, and so is a poll.
await caller.call('startWorkflowExecution', {
  namespace,
  workflowId: 'one',
  workflowType: { name: 'w' },
  taskQueue: { name: 'q' },
  requestId: 'r',
});
const polled = frontend.nextCall('PollActivityTaskQueue');
const poll = caller.call('pollActivityTaskQueue', { namespace, taskQueue: { name: 'q' } });
await polled;
await frontend.stop();
await poll;
caller[Symbol.dispose]();
console.log('stopped', frontend.totals);
