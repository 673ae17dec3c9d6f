// Loaded before each process of a suite for TypeScript. Points Temporal's SDK to our servers. With a client, each connection gets the plugin,
// and each worker that is made without a connection.
import type * as Client from '@temporalio/client';
import type * as Testing from '@temporalio/testing';
import type * as Worker from '@temporalio/worker';
import type * as Ours from '@worker-auth/temporal-auth';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { isMainThread } from 'node:worker_threads';
import type { OAuthClient, PreloadSettings } from './preload-settings.ts';

/** By the SDK's names of the types; the numbers are those of Temporal's `IndexedValueType`. */
const typeNumbers = { TEXT: 1, KEYWORD: 2, INT: 3, DOUBLE: 4, BOOL: 5, DATETIME: 6, KEYWORD_LIST: 7 };

const settings = process.env['SUITE_SETTINGS'];
// The process that forks the tests needs none.
if (isMainThread && process.send !== undefined && settings !== undefined)
  pointToServers(JSON.parse(settings) as PreloadSettings);

function pointToServers({ address, cli, authorizer, client }: PreloadSettings): void {
  const load = createRequire(join(process.cwd(), 'package.json'));
  const { Connection } = load('@temporalio/client') as typeof Client;
  const { NativeConnection, Worker: Workers } = load('@temporalio/worker') as typeof Worker;
  const { TestWorkflowEnvironment: Environment } = load('@temporalio/testing') as typeof Testing;
  const auth = client && pluginOf(client);

  function pluginOf(credentials: OAuthClient): Ours.TemporalAuthPlugin {
    const { clientSecret, temporalAuth } = load('@worker-auth/temporal-auth') as typeof Ours;
    const [host = '', port] = address.split(':');
    return temporalAuth({ credentials: clientSecret(credentials), host, port: Number(port) });
  }

  function withAuth<T extends { readonly plugins?: readonly unknown[] }>(options: T): T {
    const { plugins = [] } = options;
    return auth === undefined || plugins.includes(auth)
      ? options
      : { ...options, plugins: [...plugins, auth] };
  }

  const lazy = Connection.lazy.bind(Connection);
  Connection.lazy = (options) => lazy(withAuth({ address, ...options }));
  const connect = NativeConnection.connect.bind(NativeConnection);
  NativeConnection.connect = async (options) => {
    await auth?.ready();
    return await connect(withAuth({ address, ...options }));
  };
  const create = Workers.create.bind(Workers);
  Workers.create = (options) => create(options.connection === undefined ? withAuth(options) : options);
  const createLocal = Environment.createLocal.bind(Environment);
  Environment.createLocal = async ({ server, ...options } = {}) => {
    const executable = { type: 'existing-path', path: cli } as const;
    if (authorizer === undefined) return await createLocal({ ...options, server: { ...server, executable } });
    const { namespace = 'default', extraArgs = [] } = server ?? {};
    const dynamicConfig = extraArgs.filter((arg, index) =>
      [arg, extraArgs[index - 1]].includes('--dynamic-config-value'),
    );
    const started = await startOne(authorizer.command, [
      ...authorizer.args,
      '-namespace',
      namespace,
      ...dynamicConfig,
    ]);
    const environment = await Environment.createFromExistingServer({
      ...options,
      ...{ address: started, namespace },
    });
    const { operatorService } = environment.connection;
    const named = (server?.searchAttributes ?? []).map(({ name, type }) => [name, typeNumbers[type]]);
    const searchAttributes = Object.fromEntries(named) as Record<string, number>;
    if (named.length > 0) await operatorService.addSearchAttributes({ namespace, searchAttributes });
    return environment;
  };
}

/** Starts a server that ends with this process. @returns its address */
async function startOne(command: string, args: readonly string[]): Promise<string> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  process.once('exit', () => child.kill());
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return (JSON.parse(line) as { readonly frontend: string }).frontend;
}
