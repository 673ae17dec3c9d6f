import { Connection, defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';
import { quantile } from '@worker-auth/workspace/quantile';

/** Of each connection; the first ones warm up and do not count. */
export const rounds = 400;
const warmUpRounds = 20;

/** How calls are made. */
export interface Load {
  /** So many at once. */
  readonly atOnce: number;
  /** Calls of one block, whose time is taken together. */
  readonly calls: number;
}

/**
 * Microseconds of this process's CPU time that a call takes, by the connection's name: the lower quartile of the blocks, since what
 * else runs on the machine only ever adds to them. The connections take turns, in an order that changes each round.
 */
export async function callCosts(
  connections: ReadonlyMap<string, Connection>,
  load: Load,
): Promise<ReadonlyMap<string, number>> {
  const samples = new Map([...connections.keys()].map((name) => [name, [] as number[]]));
  for (let round = -warmUpRounds; round < rounds; round++) {
    const order = round % 2 === 0 ? [...connections] : [...connections].reverse();
    for (const [name, connection] of order) {
      const costUs = await block(connection, load);
      if (round >= 0) samples.get(name)?.push(costUs);
    }
  }
  return new Map([...samples].map(([name, values]) => [name, quantile(values, 0.25)]));
}

async function block(connection: Connection, { atOnce, calls }: Load): Promise<number> {
  const before = process.cpuUsage();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let call = 0; call < calls / atOnce; call++) {
        await connection.workflowService.describeNamespace({ namespace: 'default' });
      }
    }),
  );
  const { user, system } = process.cpuUsage(before);
  return (user + system) / calls;
}

/** A connection to the echo server, with Temporal's retries before other interceptors. */
export function connect(
  port: number,
  {
    apiKey,
    interceptors = [],
  }: Pick<NonNullable<Parameters<typeof Connection.lazy>[0]>, 'apiKey' | 'interceptors'>,
): Connection {
  return Connection.lazy({
    address: `127.0.0.1:${port}`,
    tls: false,
    interceptors: [makeGrpcRetryInterceptor(defaultGrpcRetryOptions()), ...interceptors],
    ...(apiKey !== undefined && { apiKey }),
  });
}
