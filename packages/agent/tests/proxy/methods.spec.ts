import { expect, it } from 'vitest';
import { kindOf, methodOf, readTimeout, waitsByNature, writeTimeout } from '../../src/proxy/methods.ts';
import { framedMessage } from '../../src/proxy/wire.ts';

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

/** A request with this field, a number. */
const withNumber = (field: number, value: number): Buffer => framedMessage(Buffer.from([field * 8, value]));

it.each([
  ['QueryWorkflow', framedMessage(), true],
  ['PollWorkflowExecutionTimeSkipping', framedMessage(), true],
  ['GetWorkflowExecutionHistory', withNumber(5, 1), true],
  ['GetWorkflowExecutionHistory', withNumber(5, 0), false],
  ['GetWorkflowExecutionHistory', withNumber(3, 1), false],
  ['DescribeNexusOperationExecution', framedMessage(Buffer.from([50, 1, 7])), true],
  ['DescribeNexusOperationExecution', framedMessage(Buffer.from([50, 0])), false],
  ['SignalWorkflowExecution', framedMessage(), false],
])('%s %# waits by nature: %s', (method, body, waits) => {
  expect(waitsByNature(`${service}${method}`, body)).toBe(waits);
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
  ['1', undefined],
  [undefined, undefined],
])('a time-out of %s has %s ms', (text, ms) => {
  expect(readTimeout(text)).toBe(ms);
});

it('a time-out has eight digits at most, and never none', () => {
  expect([writeTimeout(1.2), writeTimeout(-5), writeTimeout(2e8)]).toEqual(['2m', '1m', '200000S']);
});
