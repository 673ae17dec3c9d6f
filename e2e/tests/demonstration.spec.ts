import { TemporalWorkflowClient } from '@worker-auth/temporal-auth';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { Demonstration } from '../src/demo/demonstration.ts';
import { demoFaults } from '../src/demo/faults.ts';
import { type Stack, startStack } from '../src/demo/stack.ts';

const userEnv = {
  ATLAN_WORKFLOW_HOST: '127.0.0.1',
  ATLAN_WORKFLOW_PORT: '1',
  ATLAN_WORKFLOW_AUTH_URL: 'http://127.0.0.1:2/token',
};
const names = { applicationName: 'my-app', componentName: 'vault', secretName: 'credentials' };
let stack: Stack;

beforeEach(async () => {
  stack = await startStack(userEnv, names, 60);
  return () => stack[Symbol.asyncDispose]();
});

it('starts no server where the environment names them', () => {
  expect(stack).toMatchObject({ fakes: undefined, temporal: undefined, addresses: [] });
  expect(stack.env).toEqual({
    ...userEnv,
    ATLAN_WORKFLOW_AUTH_ENABLED: 'true',
    ATLAN_APPLICATION_NAME: 'my-app',
    ATLAN_DEPLOYMENT_SECRET_COMPONENT: 'vault',
    ATLAN_DEPLOYMENT_SECRET_NAME: 'credentials',
  });
});

it('tells the page of its faults', () => {
  const client = new TemporalWorkflowClient({ env: stack.env });
  onTestFinished(() => client.close());
  const demonstration = new Demonstration({ client, stack, faultSeconds: 20, say: () => undefined });
  const faults = demoFaults(stack, 20).map(({ name, title }) => ({ name, title, state: 'never' }));
  expect(demonstration.read(0)).toMatchObject({ faults });
});
