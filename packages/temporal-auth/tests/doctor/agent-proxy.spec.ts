import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { listen, tokenServer } from '@worker-auth/agent/token-server';
import { agentTokens } from '@worker-auth/agent/tests/agent-tokens';
import { authOptions } from '@worker-auth/calls/tests/auth-options';
import { runCli } from '../support/cli-run.ts';
import { openStillScene } from '@worker-auth/agent/tests/proxy-scene';

it('the doctor shows the calls that the proxy of an agent holds, and why', async () => {
  await using scene = await openStillScene();
  const { oauth, log: logger, proxy, temporal, worker, within, settled } = scene;
  const folder = await mkdtemp(join(tmpdir(), "doctor-agent #%41 é' "));
  const agentsTokens = agentTokens({ ...authOptions(oauth), logger });
  const troubles = (): readonly string[] => proxy.troubles.map(({ text }) => text);
  const settings = { sink: undefined, bearer: undefined, host: undefined, metrics: () => '' };
  const server = tokenServer({ ...agentsTokens, troubles, ...settings });
  onTestFinished(async () => {
    server.close();
    await agentsTokens.tokens.stop();
    await rm(folder, { recursive: true });
  });
  await agentsTokens.tokens.getToken();
  const agent = await listen(server, { socket: join(folder, 'agent.sock') }, undefined);
  const env = { TEMPORAL_ADDRESS: `127.0.0.1:${temporal.port}` };
  const doctor = () => runCli(['doctor', '--agent', agent, '--timeout', '30'], env);
  expect(await doctor()).toMatchObject({ code: 0 });
  temporal.failWith('permissionDenied');
  const poll = { namespace: 'default', taskQueue: { name: 'q' } };
  await settled(within(9_000, () => worker.pollActivityTaskQueue(poll)));
  const { code, stdout } = await doctor();
  expect(code).toBe(3);
  expect(stdout).toContain('is not ready: PollActivityTaskQueue in namespace "default" is not accepted for');
});
