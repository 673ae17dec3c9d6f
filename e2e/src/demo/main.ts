// `npm start`: two real workers on a real Temporal server, their tokens expiring every few seconds.
import { once } from 'node:events';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Worker as Thread } from 'node:worker_threads';
import { DefaultLogger, Runtime, type WorkflowBundle } from '@temporalio/worker';
import { UsageError } from '@worker-auth/servers';
import { TemporalAuthError, TemporalWorkflowClient } from '@worker-auth/temporal-auth';
import { Demonstration } from './demonstration.ts';
import { Ending } from './ending.ts';
import { type DemoOptions, help, readOptions } from './options.ts';
import { startPageServer } from './page/server.ts';
import { runDemonstration } from './run.ts';
import { type Stack, startStack } from './stack.ts';
import { type Facts, summary, troubles } from './summary.ts';

const tokenLifetimeSeconds = 10;

/** What a person looks at. */
const whatItShows =
  'Two workers do the same work, ours and a plain one: rotate the secret on the page, and one of them goes on.';

/** A worker that does not run by then will not, in ms: the end begins. */
const startWithinMs = 60_000;

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2), process.env);
  if (options === undefined) {
    console.log(help);
    return 0;
  }
  const ending = new Ending();
  await using stack = await startStack(process.env, options.names, tokenLifetimeSeconds);
  ending.atLast(() => {
    stack.kill();
  });
  return await demonstrate(stack, options, ending);
}

async function demonstrate(stack: Stack, options: DemoOptions, ending: Ending): Promise<number> {
  const logger = new DefaultLogger('WARN');
  // Ctrl-C is ours: the worker runs until the workflows that were started have completed.
  Runtime.install({
    shutdownSignals: [],
    logger,
    // What Core tries again is no news beside what was broken on purpose.
    telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' }, forward: {} } },
  });
  await using client = new TemporalWorkflowClient({ env: stack.env, logger });
  const demonstration = new Demonstration(client, stack, options.faultSeconds);
  const { work, plain, board, timeline } = demonstration;
  const delay = monitorEventLoopDelay();
  const facts = (): Facts => ({
    tokens: timeline.tokens.at(-1)?.id ?? 0,
    lifetimeSeconds: stack.fakes === undefined ? undefined : tokenLifetimeSeconds,
    credentials: client.auth.health().credentialsSource ?? '-',
    ...{ work: work.counts, plain: plain?.counts, rpcs: demonstration.rpcs, outages: timeline.outages },
    ...{ endMs: timeline.nowMs, stalledMs: delay.max / 1e6 },
  });
  let isReported = false;
  const report = (): void => {
    if (!isReported) console.log(['', ...summary(facts())].join('\n'));
    isReported = true;
  };
  ending.atLast(report);
  await using page = await startPageServer(demonstration);
  for (const [name, address] of [['What happens, live', page.url], ...stack.addresses] as const)
    console.log(`${name.padEnd(27)} ${address}`);
  if (options.chaosSeed !== undefined) console.log(`${'Chaos, its seed'.padEnd(27)} ${options.chaosSeed}`);
  if (plain !== undefined) console.log(`\n${whatItShows}\n`);
  try {
    delay.enable();
    const late = setTimeout(() => {
      ending.begin();
    }, startWithinMs);
    client.on('workerStarted', () => {
      clearTimeout(late);
      console.log('The worker runs.');
    });
    const stop = client.on('tokenRefreshed', () => {
      console.log(`The first token came ${(performance.now() / 1_000).toFixed(1)} s after the start.`);
      stop();
    });
    const [workflowBundle] = await Promise.all([bundle(), client.load({ signal: ending.signal })]);
    await runDemonstration({ ...options, client, workflowBundle, work, plain, board, ending });
  } catch (error) {
    if (error !== ending.signal.reason) throw error;
  } finally {
    ending.begin();
    report();
  }
  return troubles(facts()).length === 0 ? 0 : 1;
}

/** In a thread: it would keep the process busy for long, whose page and tokens go on. */
async function bundle(): Promise<WorkflowBundle> {
  const thread = new Thread(new URL('bundle-thread.ts', import.meta.url));
  const [made] = (await once(thread, 'message')) as [WorkflowBundle];
  return made;
}

async function exitCode(): Promise<number> {
  try {
    return await main();
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`npm start: ${error.message}; see "npm start -- --help"`);
      return 2;
    }
    console.error(error instanceof TemporalAuthError ? `${error.name}: ${error.message}` : error);
    return 1;
  }
}

// Whatever is still open, such as a fault that is on its way.
process.exit(await exitCode());
