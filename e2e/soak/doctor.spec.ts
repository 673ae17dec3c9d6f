import type { Stack } from '@worker-auth/servers';
import { afterAll, beforeAll } from 'vitest';
import { describeWith } from '../src/fixtures/describe-with.ts';
import { stackServers, startRealStack } from '../src/fixtures/real-stack.ts';
import { doctorTests } from '../src/stack-tests/doctor.ts';

await describeWith(
  stackServers,
  'on Keycloak, OpenBao, daprd and the authorizing Temporal the doctor',
  () => {
    let stack: Stack;
    beforeAll(async () => {
      stack = await startRealStack(300);
    });
    afterAll(() => stack[Symbol.asyncDispose]());

    doctorTests(() => stack);
  },
);
