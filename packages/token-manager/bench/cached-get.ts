import { do_not_optimize as keep, measure } from 'mitata';
// eslint-disable-next-line @nx/enforce-module-boundaries -- measured is the package as it is built and published
import { TokenManager } from '@worker-auth/token-manager';
import { type Contender, type Endpoint, hasCache } from './contenders.ts';
import { median } from '@worker-auth/workspace/quantile';

/** The machine is shared; the order of the rounds is the same for all, so that drift hits all alike. */
const rounds = 7;

/** Nanoseconds of a cached get, by name: the median of the rounds. */
export type Timings = ReadonlyMap<string, number>;

/** A cached asynchronous get of every contender with a cache, and the floor: an async function with a clock check. */
export async function timeAsyncGet(contenders: readonly Contender[], endpoint: Endpoint): Promise<Timings> {
  const floor = { token: 'token', until: Date.now() + 3_600_000 };
  const gets = new Map<string, () => Promise<unknown>>([
    // eslint-disable-next-line @typescript-eslint/require-await -- the price of an async function is the point
    ['floor', async () => (Date.now() < floor.until ? floor.token : undefined)],
  ]);
  for (const contender of contenders.filter(hasCache)) {
    const get = contender.create(endpoint);
    await get();
    gets.set(contender.name, get);
  }
  const tasks = [...gets].map(([name, get]) => ({
    name,
    run: async () => {
      keep(await get());
    },
  }));
  return timeInRounds(tasks);
}

/** A cached synchronous read: ours, and what a field read with one and with two clock readings costs. */
export async function timePeek({ tokenUrl, clientId, clientSecret }: Endpoint): Promise<Timings> {
  await using tokens = new TokenManager({ tokenUrl, credentials: { clientId, clientSecret } });
  await tokens.getToken();
  const field = {
    token: 'token',
    wallUntil: Date.now() + 3_600_000,
    monotonicUntil: performance.now() + 3_600_000,
  };
  return await timeInRounds([
    {
      name: 'peek',
      run: () => {
        keep(tokens.peek());
      },
    },
    {
      name: 'one clock',
      run: () => {
        keep(Date.now() < field.wallUntil ? field.token : undefined);
      },
    },
    {
      name: 'two clocks',
      run: () => {
        const isGood = Date.now() < field.wallUntil && performance.now() < field.monotonicUntil;
        keep(isGood ? field.token : undefined);
      },
    },
  ]);
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
