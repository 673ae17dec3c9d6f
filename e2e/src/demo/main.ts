// `npm start`: a real worker on a real Temporal server, its tokens expiring every few seconds.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { bundleWorkflowCode, DefaultLogger, Runtime } from '@temporalio/worker';
import { UsageError } from '@worker-auth/servers';
import { TemporalAuthError, TemporalWorkflowClient } from '@worker-auth/temporal-auth';
import { Demonstration } from './demonstration.ts';
import { Ending } from './ending.ts';
import { type DemoOptions, help, readOptions } from './options.ts';
import { startPageServer } from './page/server.ts';
import { ProxiedWorkers } from './proxied-workers.ts';
import { runDemonstration } from './run.ts';
import { type Stack, startStack } from './stack.ts';
import { type Facts, summary, troubles } from './summary.ts';
import { workflowsPath } from './work.ts';

const tokenLifetimeSeconds = 10;

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
  await using proxied = await ProxiedWorkers.start(stack, options.workers);
  const demonstration = new Demonstration(client, stack, proxied, options.faultSeconds);
  const { work, board, timeline } = demonstration;
  const delay = monitorEventLoopDelay();
  const facts = (): Facts => ({
    tokens: timeline.tokens.at(-1)?.id ?? 0,
    lifetimeSeconds: stack.fakes === undefined ? undefined : tokenLifetimeSeconds,
    credentials: client.auth.health().credentialsSource ?? '-',
    proxied: proxied.counts,
    ...{ work: work.counts, rpcs: demonstration.rpcs, outages: timeline.outages },
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
  try {
    // Before there is a token: it keeps the process busy for long.
    const workflowBundle = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
    delay.enable();
    const late = setTimeout(() => {
      ending.begin();
    }, startWithinMs);
    client.on('workerStarted', () => {
      clearTimeout(late);
      console.log('The worker runs.');
    });
    await client.load({ signal: ending.signal });
    await runDemonstration({ ...options, client, workflowBundle, work, board, ending });
  } catch (error) {
    if (error !== ending.signal.reason) throw error;
  } finally {
    ending.begin();
    report();
  }
  return troubles(facts()).length === 0 ? 0 : 1;
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
