import { do_not_optimize as keep, measure } from 'mitata';
// eslint-disable-next-line @nx/enforce-module-boundaries -- measured is the package as it is built and published
import { TokenManager } from '@worker-auth/token-manager';
import { type Contender, type Endpoint, hasCache } from './contenders.ts';
import { median } from '@worker-auth/workspace/quantile';

/** The machine is shared; the order of the rounds is the same for all, so that drift hits all alike. */
const rounds = 7;

/** Nanoseconds of a cached get, by name: the median of the rounds. */
export type Timings = ReadonlyMap<string, number>;

/** A cached asynchronous get of every contender with a cache, and a synchronous read of ours: `peek`. */
export async function timeGets(contenders: readonly Contender[], endpoint: Endpoint): Promise<Timings> {
  const { tokenUrl, clientId, clientSecret } = endpoint;
  await using tokens = new TokenManager({ tokenUrl, credentials: { clientId, clientSecret } });
  await tokens.getToken();
  const gets = contenders.filter(hasCache).map(({ name, create }) => ({ name, get: create(endpoint) }));
  for (const { get } of gets) await get();
  const tasks = gets.map(({ name, get }) => ({
    name,
    run: async () => {
      keep(await get());
    },
  }));
  const peek = {
    name: 'peek',
    run: () => {
      keep(tokens.peek());
    },
  };
  return await timeInRounds([...tasks, peek]);
}

async function timeInRounds(
  tasks: readonly { readonly name: string; readonly run: () => unknown }[],
): Promise<Timings> {
  const samples = new Map<string, number[]>(tasks.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const { name, run } of tasks) {
      const { p50 } = await measure(run, { min_cpu_time: 100e6 });
      samples.get(name)?.push(p50);
    }
  }
  return new Map([...samples].map(([name, values]) => [name, median(values)]));
}
