import { Client, Connection, defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';
import {
  AtlanAuthClient,
  type AtlanAuthClientOptions,
  authInterceptor,
  diagnose,
  type DiagnoseOptions,
  type Diagnosis,
  temporalAuth,
  type TemporalAuthOptions,
  TemporalWorkflowClient,
  type TemporalWorkflowClientOptions,
} from '@worker-auth/temporal-auth';
import { temporalAuth as clientAuth } from '@worker-auth/temporal-auth/client';
import { LoopbackServer } from '@worker-auth/testing-fakes';
import { randomUUID } from 'node:crypto';
import { applicationName, type Cell, type Place, without } from './cell.ts';

/** A way to use a source: each makes one call, or runs one workflow. */
export interface Door {
  readonly title: string;
  /** A method that Temporal must have answered; none where the token goes elsewhere. */
  readonly calls?: string;
  /** Methods that it tries without a token too. Default none. */
  readonly bareCalls?: readonly string[];
  /** Whether it takes a token source of the user's own. */
  readonly takesTokens: boolean;
  /** Whether it works without a token. */
  readonly worksWithout: boolean;
  readonly enter: (options: TemporalAuthOptions, cell: Cell) => Promise<unknown>;
}

const workflow = { taskQueue: 'matrix', workflowId: 'one', args: [1] };

/** Options of the classes of the source document, out of those of a plugin that has no tokens of its own. */
export function documentOptions(options: TemporalAuthOptions): TemporalWorkflowClientOptions {
  const { credentials } = options;
  const place: Place = without(options, 'tokens', 'credentials');
  return { applicationName, ...place, ...(credentials !== undefined && { credentials }) };
}

/** Those of an `AtlanAuthClient`. */
export function tokenOptions(given: TemporalAuthOptions): AtlanAuthClientOptions {
  const { proxy, ca, env, logger, fetch, clock, random, credentials } = given;
  return {
    ...{ applicationName, proxy, ca, env, logger, fetch, clock, random },
    ...(credentials !== undefined && { credentials }),
  };
}

/** Starts a workflow over a connection, and closes that. */
export async function startOver(
  connection: Connection | NativeConnection,
  plugins: readonly ReturnType<typeof clientAuth>[] = [],
): Promise<void> {
  try {
    const { workflow: starter } = new Client({ connection, plugins: [...plugins] });
    await starter.start('extraction', { ...workflow, workflowId: randomUUID() });
  } finally {
    await connection.close();
  }
}

const client: Door = {
  title: 'the plugin on a client connection',
  ...{ calls: 'StartWorkflowExecution', takesTokens: true, worksWithout: true },
  enter: async (options, { temporal: { address } }) => {
    await using auth = temporalAuth(options);
    await startOver(await Connection.connect({ address, plugins: [auth] }));
  },
};

const withoutConnection = (title: string, open: typeof clientAuth): Door => ({
  title,
  ...{ calls: 'StartWorkflowExecution', takesTokens: true, worksWithout: true },
  enter: async (options) => {
    await using auth = open(options);
    await auth.ready();
    const { connection, workflow: starter } = new Client({ plugins: [auth] });
    // eslint-disable-next-line @typescript-eslint/no-misused-promises -- `finally` waits for it
    await starter.start('extraction', workflow).finally(() => connection.close());
  },
});

/** The cheapest: most options are tried here. */
export const lazyClient = withoutConnection('the plugin on a client without a connection', temporalAuth);

const clientEntry = withoutConnection('the plugin of the entry /client', clientAuth);

const native: Door = {
  title: 'the plugin on a native connection',
  ...{ calls: 'StartWorkflowExecution', takesTokens: true, worksWithout: true },
  enter: async (options, { temporal: { address } }) => {
    await using auth = temporalAuth(options);
    await startOver(await auth.connectNative({ address }));
  },
};

const laterPlugin: Door = {
  title: 'the plugin on a client over a connection that was opened without it',
  ...{ calls: 'StartWorkflowExecution', takesTokens: true, worksWithout: true },
  enter: async (options, { temporal: { address } }) => {
    await using auth = temporalAuth(options);
    await auth.ready();
    await startOver(Connection.lazy({ address, tls: false }), [auth]);
  },
};

const workflowClient: Door = {
  title: 'TemporalWorkflowClient',
  ...{ calls: 'StartWorkflowExecution', takesTokens: false, worksWithout: true },
  enter: async (options) => {
    await using ours = new TemporalWorkflowClient({
      ...documentOptions(options),
      ...{ client: { identity: 'matrix' }, autoStartTokenRefresh: false },
    });
    await ours.load();
    await ours.startWorkflow('extraction', workflow);
  },
};

const interceptor: Door = {
  title: 'authInterceptor',
  ...{ calls: 'StartWorkflowExecution', takesTokens: true, worksWithout: false },
  enter: async ({ tokens, ...options }, { temporal: { address } }) => {
    await using auth = tokens === undefined ? new AtlanAuthClient(tokenOptions(options)) : undefined;
    const source = tokens ?? auth;
    if (source === undefined) throw new Error('There is no token source');
    const retries = makeGrpcRetryInterceptor(defaultGrpcRetryOptions());
    const interceptors = [retries, authInterceptor(source, { clock: options.clock })];
    await startOver(await Connection.connect({ address, tls: false, interceptors }));
  },
};

const headers: Door = {
  title: 'AtlanAuthClient, for HTTP requests',
  ...{ takesTokens: false, worksWithout: false },
  enter: async (options, { arrivedElsewhere }) => {
    await using auth = new AtlanAuthClient(tokenOptions(options));
    await using server = await LoopbackServer.start((request, response) => {
      arrivedElsewhere.push(String(request.headers.authorization).replace('Bearer ', ''));
      response.end();
    });
    await fetch(server.url, { headers: await auth.getAuthenticatedHeaders() });
    if (arrivedElsewhere.length === 0) throw new Error('No request arrived');
  },
};

/** By which the doctor asks whether Temporal checks tokens. */
export const bareCalls = ['PollWorkflowTaskQueue'] as const;

/** The doctor, which finds nothing wrong but `findings`. */
export async function diagnoseWell(
  options: DiagnoseOptions,
  findings: readonly string[] = [],
): Promise<void> {
  assertWell(await diagnose(options), findings);
}

function assertWell({ categories }: Diagnosis, findings: readonly string[] = []): void {
  const found = categories.flatMap(({ checks }) =>
    checks.flatMap(({ name, result, cause }) =>
      result === 'error' || (result === 'warning' && !findings.includes(name)) ? [`${name}: ${cause}`] : [],
    ),
  );
  if (found.length > 0) throw new Error(`The doctor found:\n${found.join('\n')}`);
}

/** The doctor over Temporal's client connection. */
export const doctor: Door = {
  title: 'the doctor',
  ...{ calls: 'DescribeNamespace', takesTokens: false, worksWithout: false, bareCalls },
  enter: (options, { findings }) => diagnoseWell(documentOptions(options), findings),
};

const nativeDoctor: Door = {
  title: 'the doctor with the native connection',
  ...{ calls: 'DescribeNamespace', takesTokens: false, worksWithout: false, bareCalls },
  enter: (options) => diagnoseWell({ ...documentOptions(options), native: true }),
};

const pluginDoctor: Door = {
  title: 'diagnose() of the plugin',
  ...{ calls: 'DescribeNamespace', takesTokens: true, worksWithout: false, bareCalls },
  enter: async (options, { findings }) => {
    await using auth = temporalAuth(options);
    // A source of one's own may give tokens that are no JWT.
    assertWell(await auth.diagnose({ taskQueue: 'matrix' }), [...findings, 'token-type']);
  },
};

/** All that need no worker and no process. */
export const clientDoors: readonly Door[] = [
  ...[client, lazyClient, clientEntry, native, laterPlugin, workflowClient, interceptor, headers],
  ...[doctor, nativeDoctor, pluginDoctor],
];
