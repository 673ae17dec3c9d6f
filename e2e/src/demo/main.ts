// `npm start`: a real worker on a real Temporal server, its tokens expiring every few seconds.
import { DefaultLogger, type LogEntry, Runtime } from '@temporalio/worker';
import { UsageError } from '@worker-auth/servers';
import { TemporalAuthError, TemporalWorkflowClient } from '@worker-auth/temporal-auth';
import { activities } from '../workload/activities.ts';
import { Workload } from '../workload/workload.ts';
import { workflowsPath } from '../workload/workflows-path.ts';
import { help, readOptions } from './options.ts';
import { type Stack, startStack } from './stack.ts';
import { seconds, type Status } from './picture.ts';
import { Recent } from './recent.ts';
import { openView } from './view.ts';

const tokenLifetimeSeconds = 10;
const paceMs = 1_000;

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
  for (const [name, address] of stack.addresses) console.log(`${name.padEnd(24)} ${address}`);
  return await demonstrate(stack, options.runMs, stop.signal);
}

async function demonstrate(stack: Stack, runMs: number, stopped: AbortSignal): Promise<number> {
  const tell = ({ level, message, meta }: LogEntry): void => {
    const cause = meta?.['error'] === undefined ? '' : `: ${String(meta['error'])}`;
    // The log hears of a new token first: its line is to have the number that all have afterwards.
    queueMicrotask(() => {
      view.event(level === 'INFO' ? message : `${level} ${message}${cause}`, level !== 'INFO');
    });
  };
  // Ctrl-C is ours: the worker runs until the workflows that were started have completed.
  Runtime.install({ shutdownSignals: [], logger: new DefaultLogger('WARN', tell) });
  const logger = new DefaultLogger('INFO', tell);
  await using client = new TemporalWorkflowClient({ env: stack.env, logger });
  const recent = new Recent();
  client.on('tokenRefreshed', (event) => {
    recent.token(event.tokenNumber, event);
  });
  const workload = new Workload(client, paceMs);
  const endsAt = performance.now() + runMs;
  const status = (): Status => ({
    nowMs: recent.nowMs,
    tokens: recent.tokens,
    refusedMs: recent.refusedMs,
    tokenNumber: recent.tokens.at(-1)?.id ?? 0,
    tokenRemainingMs: client.auth.getTimeUntilExpiry(),
    nextRefreshInMs: client.auth.getTimeUntilRefresh(),
    credentials: client.auth.getCredentialsSource() ?? '-',
    workflows: workload.counts,
    rpcs: stack.gateway && { ...stack.gateway.totals, perSecond: recent.callsPerSecond },
    remainingMs: endsAt - performance.now(),
  });
  const view = openView(process.stdout, { status, addresses: stack.addresses });
  stack.gateway?.subscribe(({ verdict, method, reason }) => {
    recent.call(verdict);
    if (verdict === 'refused') view.event(`REFUSED ${method}: ${reason ?? ''}`, true);
  });
  try {
    await client.load();
    const worker = await client.createWorker({ workflowsPath, activities });
    await worker.runUntil(async () => {
      const until = AbortSignal.any([
        stopped,
        AbortSignal.timeout(Math.max(1, Math.ceil(endsAt - performance.now()))),
      ]);
      await workload.run(until, (outcome) => {
        if ('result' in outcome) view.event(`workflow completed: ${outcome.result}`);
        else view.event(`WORKFLOW FAILED: ${String(outcome.error)}`, true);
      });
    });
  } finally {
    view.close();
  }
  return summarise(status(), stack);
}

function summarise({ tokenNumber, workflows, rpcs, credentials }: Status, stack: Stack): number {
  const good = workflows.completed === workflows.started && (rpcs?.refused ?? 0) === 0;
  console.log(
    [
      '',
      `Tokens       ${tokenNumber}${stack.oauth === undefined ? '' : `, each good for ${seconds(tokenLifetimeSeconds * 1_000)}`}`,
      `Credentials  ${credentials}`,
      `Workflows    ${workflows.started} started, ${workflows.completed} completed`,
      `RPCs         ${rpcs === undefined ? 'not counted' : `${rpcs.passed} passed, ${rpcs.refused} refused`}`,
      good ? 'Every workflow completed and no RPC was refused.' : 'Something went wrong: see above.',
    ].join('\n'),
  );
  return good ? 0 : 1;
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
