// `npm start`: a real worker on a real Temporal server, its tokens expiring every few seconds.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { DefaultLogger, type LogEntry, Runtime } from '@temporalio/worker';
import { UsageError } from '@worker-auth/servers';
import { TemporalAuthError, TemporalWorkflowClient } from '@worker-auth/temporal-auth';
import { Demonstration } from './demonstration.ts';
import { type DemoOptions, help, readOptions } from './options.ts';
import { startPageServer } from './page/server.ts';
import type { Status } from './picture.ts';
import { runDemonstration } from './run.ts';
import { type Stack, startStack } from './stack.ts';
import { isGood, summary } from './summary.ts';
import { openView } from './view.ts';

const tokenLifetimeSeconds = 10;

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2), process.env);
  if (options === undefined) {
    console.log(help);
    return 0;
  }
  const stop = new AbortController();
  process.on('SIGINT', () => {
    stop.abort();
  });
  process.on('SIGTERM', () => {
    stop.abort();
  });
  await using stack = await startStack(process.env, options.names, tokenLifetimeSeconds);
  return await demonstrate(stack, options, stop.signal);
}

async function demonstrate(stack: Stack, options: DemoOptions, stopped: AbortSignal): Promise<number> {
  const tell = ({ level, message, meta }: LogEntry): void => {
    const cause = meta?.['error'] === undefined ? '' : `: ${String(meta['error'])}`;
    // The log hears of a new token first: its line is to have the number that all have afterwards.
    queueMicrotask(() => {
      view.event(level === 'INFO' ? message : `${level} ${message}${cause}`, level !== 'INFO');
    });
  };
  // Ctrl-C is ours: the worker runs until the workflows that were started have completed.
  Runtime.install({
    shutdownSignals: [],
    logger: new DefaultLogger('WARN', tell),
    // What Core tries again is no news beside what was broken on purpose.
    telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' }, forward: {} } },
  });
  const logger = new DefaultLogger('INFO', tell);
  await using client = new TemporalWorkflowClient({ env: stack.env, logger });
  const say = (text: string, isBad: boolean): void => {
    view.event(text, isBad);
  };
  const demonstration = new Demonstration({ client, stack, faultSeconds: options.faultSeconds, say });
  const { work, board, timeline } = demonstration;
  await using page = await startPageServer(demonstration);
  const addresses = [['What happens, live', page.url], ...stack.addresses] as const;
  for (const [name, address] of addresses) console.log(`${name.padEnd(24)} ${address}`);
  if (options.chaosSeed !== undefined) console.log(`${'Chaos, its seed'.padEnd(24)} ${options.chaosSeed}`);
  const { gateway } = stack.fakes ?? {};
  const endsAt = performance.now() + options.runMs;
  const status = (): Status => ({
    nowMs: timeline.nowMs,
    tokens: timeline.tokens,
    refusedMs: timeline.refusedMs,
    tokenNumber: timeline.tokens.at(-1)?.id ?? 0,
    tokenRemainingMs: client.auth.getTimeUntilExpiry(),
    nextRefreshInMs: client.auth.health().refreshInMs,
    credentials: client.auth.health().credentialsSource ?? '-',
    workflows: work.counts,
    rpcs: gateway && { ...gateway.totals, perSecond: timeline.callsPerSecond },
    remainingMs: endsAt - performance.now(),
  });
  const view = openView(process.stdout, { status, addresses });
  const delay = monitorEventLoopDelay();
  delay.enable();
  try {
    await client.load();
    await runDemonstration({ ...options, client, work, board, stopped });
  } finally {
    view.close();
  }
  const { tokenNumber: tokens, credentials, rpcs } = status();
  const lifetimeSeconds = stack.fakes === undefined ? undefined : tokenLifetimeSeconds;
  const { outages } = timeline;
  const stalledMs = delay.max / 1e6;
  const facts = { tokens, lifetimeSeconds, credentials, work: work.counts, rpcs, outages, stalledMs };
  console.log(['', ...summary(facts)].join('\n'));
  return isGood(facts) ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (error instanceof UsageError) {
    console.error(`npm start: ${error.message}; "npm start -- --help" tells more`);
    process.exitCode = 2;
  } else {
    console.error(error instanceof TemporalAuthError ? `${error.name}: ${error.message}` : error);
    process.exitCode = 1;
  }
}
