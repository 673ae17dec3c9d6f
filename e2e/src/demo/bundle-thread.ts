// A thread of the demonstration: bundles the workflows.
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { parentPort } from 'node:worker_threads';
import { workflowsPath } from '../bad-days/workflow-bundle.ts';

parentPort?.postMessage(await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') }));
