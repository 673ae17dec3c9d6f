import { beforeEach, expect, it } from 'vitest';
import { type CallScene, openCallScene } from '../support/call-scene.ts';

// Calls that no token helps: what they cost.

let scene: CallScene;
/** Other tokens that were asked for: each comes at once. */
let given: number;
let sends: number;

beforeEach(async () => {
  scene = await openCallScene('token-0');
  [given, sends] = [0, 0];
  const { tokens } = scene;
  const getToken = tokens.getToken.bind(tokens);
  tokens.getToken = (options) => {
    if (options?.rejectedToken === tokens.current) tokens.give(`token-${++given}`);
    return getToken(options);
  };
  return () => scene[Symbol.asyncDispose]();
});

/** @returns whether it was accepted */
function ask(namespace = 'default'): Promise<boolean> {
  const asked = scene.connection.workflowService.describeNamespace({ namespace });
  return asked.then(
    () => true,
    () => false,
  );
}

it('a method that is accepted in one namespace and rejected in another is sent twice, and costs three tokens', async () => {
  await ask();
  scene.temporal.failWith(({ namespace }) => {
    if (namespace !== 'other') return undefined;
    sends++;
    return 'permissionDenied';
  });
  for (let call = 0; call < 48; call++) {
    expect([await ask('other'), await ask()]).toEqual([false, true]);
    await scene.clock.advance(1_000);
  }
  expect(sends).toBeLessThan(2 * 48 + 15);
  expect(given).toBeLessThanOrEqual(3);
});

it('a method without its permission costs two tokens in five minutes, and one each ten minutes then', async () => {
  scene.temporal.failWith('permissionDenied', 'DescribeNamespace');
  for (let call = 0; call < 300; call++) {
    await ask();
    await scene.connection.workflowService.recordWorkerHeartbeat({ namespace: 'default' });
    await scene.clock.advance(1_000);
  }
  expect(given).toBeLessThanOrEqual(2);
});

it('calls of which half are rejected by chance cost few tokens, and few of them fail', async () => {
  let state = 1;
  scene.temporal.failWith(() => {
    state = (state * 48_271) % 2_147_483_647;
    return state % 2 === 0 ? 'permissionDenied' : undefined;
  });
  let failed = 0;
  for (let call = 1; call <= 240; call++) {
    if (!(await ask())) failed++;
    if (call % 4 === 0) await scene.clock.advance(1_000);
  }
  expect(given).toBeLessThanOrEqual(5);
  expect(failed).toBeLessThan(40);
});
