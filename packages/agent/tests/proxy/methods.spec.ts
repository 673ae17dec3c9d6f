import { expect, it } from 'vitest';
import { kindOf, methodOf, readTimeout, writeTimeout } from '../../src/proxy/methods.ts';

const service = '/temporal.api.workflowservice.v1.WorkflowService/';

it.each([
  [`${service}PollActivityTaskQueue`, 'poll'],
  [`${service}RespondActivityTaskFailed`, 'result'],
  [`${service}RespondActivityTaskFailedById`, 'completion'],
  [`${service}RespondWorkflowTaskCompleted`, 'completion'],
  [`${service}RecordActivityTaskHeartbeat`, 'heartbeat'],
  [`${service}StartWorkflowExecution`, 'client'],
  [`${service}ShutdownWorker`, 'shutdown'],
  ['/grpc.health.v1.Health/Watch', 'stream'],
  ['/grpc.reflection.v1.ServerReflection/ServerReflectionInfo', 'stream'],
  ['/temporal.server.api.adminservice.v1.AdminService/DescribeCluster', undefined],
  ['/', undefined],
])('%s is %s', (path, kind) => {
  expect(kindOf(path)).toBe(kind);
});

it('a name is what stands behind the last slash', () => {
  expect(methodOf(`${service}Poll`)).toBe('Poll');
});

it.each([
  ['70S', 70_000],
  ['1500m', 1_500],
  ['2000000u', 2_000],
  ['1M', 60_000],
  ['123456789S', undefined],
  ['596H', 2_145_600_000],
  ['597H', undefined],
  ['2562047H', undefined],
  ['99999999M', undefined],
  ['1', undefined],
  [undefined, undefined],
])('a time-out of %s has %s ms', (text, ms) => {
  expect(readTimeout(text)).toBe(ms);
});

it('a time-out has eight digits at most, and never none', () => {
  const most = 2 ** 31 - 1;
  expect([1.2, -5, 2e8, most].map(writeTimeout)).toEqual(['2m', '1m', '200000S', '2147484S']);
});
