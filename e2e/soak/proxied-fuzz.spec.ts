import { Connection } from '@temporalio/client';
import { fakeStack } from '@worker-auth/testing-fakes';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { AgentProcess } from '../src/agent/agent-process.ts';
import { idleCost } from '../src/agent/process-cost.ts';
import { preface } from '../src/border/frames.ts';
import { eventually } from '../src/fixtures/eventually.ts';
import { temporaryFolder } from '../src/fixtures/temporary-folder.ts';
import { opening, someFrames } from '../src/fuzz/frames.ts';
import { Random } from '../src/worlds/random.ts';

/** How long, and from which seed on. */
const { FUZZ_SECONDS = '600', FUZZ_SEED = '1' } = process.env;

/** A heap that holds what it needs, and no leak. */
const nodeOptions = '--max-old-space-size=64 --max-semi-space-size=2';

/** What it may grow by after the first tenth of the time beside its heap, in MB. */
const maxGrowthMb = 60;

async function openProxy(env: Readonly<Record<string, string>>, out: string) {
  const agent = new AgentProcess({
    env: { ...env, NODE_OPTIONS: nodeOptions },
    out,
    args: ['--proxy', '127.0.0.1:0', '--any-local-user'],
  });
  const found = () => /Workers find Temporal at (\S+)/.exec(agent.lines.join('\n'))?.[1];
  await eventually(
    'the proxy listens and has a token',
    async () => found() !== undefined && (await agent.token()) !== undefined,
  );
  return { agent, address: found() ?? '', [Symbol.asyncDispose]: () => agent[Symbol.asyncDispose]() };
}

/** Resident memory, in MB. */
async function memoryOf({ child: { pid = 0 } }: AgentProcess): Promise<number> {
  return Math.round((await idleCost(pid, 0.1)).residentMb);
}

/** Writes junk until the peer has enough, or for a while. */
async function speak(socket: Socket, random: Random, side: 'client' | 'server'): Promise<void> {
  socket.on('error', () => undefined).resume();
  socket.write(Buffer.concat([...(side === 'client' ? [preface] : []), opening(random)]));
  for (let count = random.between(1, 200); count > 0 && socket.writable; count--) {
    socket.write(someFrames(random, side));
    if (random.next() < 0.2) await sleep(random.between(0, 5));
  }
  await sleep(random.between(0, 20));
  socket.destroy();
}

it('frames of workers that are nonsense do it no harm', async () => {
  await using stack = await fakeStack({ frontend: true });
  await using folder = await temporaryFolder();
  await using proxy = await openProxy(stack.env, join(folder.path, 'token'));
  const { agent, address } = proxy;
  const [host, port] = address.split(':');
  const worker = Connection.lazy({ address, tls: false, interceptors: [] });
  const describe = () => worker.workflowService.describeNamespace({ namespace: 'default' });
  const until = performance.now() + Number(FUZZ_SECONDS) * 1_000;
  const grown: number[] = [];
  let [connections, seed] = [0, Number(FUZZ_SEED)];
  while (performance.now() < until) {
    const some = Array.from({ length: 8 }, async () => {
      const socket = connect(Number(port), host).on('error', () => undefined);
      await once(socket, 'connect');
      await speak(socket, new Random(seed++), 'client');
      connections++;
    });
    await Promise.all(some);
    if (connections % 400 !== 0) continue;
    await worker.withDeadline(Date.now() + 20_000, describe).catch((cause: unknown) => {
      const { exitCode, signalCode } = agent.child;
      const last = agent.lines.slice(-20).join('\n');
      throw new Error(`Seed ${seed}; the agent (${exitCode ?? signalCode ?? 'running'}):\n${last}`, {
        cause,
      });
    });
    grown.push(await memoryOf(agent));
  }
  await worker.close();
  console.log(`${connections} connections, seeds ${FUZZ_SEED} to ${seed}, MB: ${grown.join(' ')}`);
  expect(agent.child.exitCode).toBe(null);
  expect(agent.lines.filter((line) => line.includes('The proxy failed'))).toEqual([]);
  expect(grown.length).toBeGreaterThan(0);
  expect(Math.max(...grown.slice(-5))).toBeLessThan(
    (grown[Math.floor(grown.length / 10)] ?? 0) + maxGrowthMb,
  );
  // Temporal rejects nonsense, such as a namespace of random bytes, and none for want of a token.
  expect(stack.frontend?.calls.filter(({ token }) => token === undefined)).toEqual([]);
}, 1_200_000);

it('frames of a Temporal that are nonsense do it no harm', async () => {
  await using stack = await fakeStack();
  await using folder = await temporaryFolder();
  let seed = Number(FUZZ_SEED);
  const upstream = createServer((socket) => void speak(socket, new Random(seed++), 'server'));
  await once(upstream.listen(0, '127.0.0.1'), 'listening');
  const at = `127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  await using proxy = await openProxy({ ...stack.env, TEMPORAL_ADDRESS: at }, join(folder.path, 'token'));
  const { agent, address } = proxy;
  const worker = Connection.lazy({ address, tls: false, interceptors: [] });
  const until = performance.now() + (Number(FUZZ_SECONDS) / 4) * 1_000;
  const grown: number[] = [];
  let calls = 0;
  while (performance.now() < until) {
    const { workflowService: service } = worker;
    const some = Array.from({ length: 20 }, (_, index) =>
      worker.withDeadline(Date.now() + 2_000, async () => {
        if (index % 2 === 0) await service.describeNamespace({ namespace: 'default' });
        else await service.pollActivityTaskQueue({ namespace: 'default', taskQueue: { name: 'q' } });
      }),
    );
    // Each ends, one way or the other.
    calls += (await Promise.allSettled(some)).length;
    grown.push(await memoryOf(agent));
  }
  await worker.close();
  console.log(`${calls} calls, seeds to ${seed}, MB: ${grown.join(' ')}`);
  upstream.close();
  expect(agent.child.exitCode).toBe(null);
  expect(agent.lines.filter((line) => line.includes('The proxy failed'))).toEqual([]);
  expect(seed).toBeGreaterThan(Number(FUZZ_SEED) + 5);
  expect(Math.max(...grown.slice(-5))).toBeLessThan(
    (grown[Math.floor(grown.length / 10)] ?? 0) + maxGrowthMb,
  );
}, 1_200_000);
