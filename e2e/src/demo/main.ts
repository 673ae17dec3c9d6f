// `npm start`: a real worker on a real Temporal server, its tokens expiring every few seconds.
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { UsageError } from '@worker-auth/servers';
import { TemporalAuthError, TemporalWorkflowClient } from '@worker-auth/temporal-auth';
import { activities } from '../workload/activities.ts';
import { Workload } from '../workload/workload.ts';
import { workflowsPath } from '../workload/workflows-path.ts';
import { help, readOptions } from './options.ts';
import { type Stack, startStack } from './stack.ts';
import { openView, seconds, type Status } from './view.ts';

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
  // Ctrl-C is ours: the worker runs until the workflows that were started have completed.
  Runtime.install({ shutdownSignals: [], logger: new DefaultLogger('WARN') });
  const token = { number: 0, credentials: '-' };
  const logger = new DefaultLogger('INFO', ({ level, message }) => {
    view.event(level === 'INFO' ? message : `${level} ${message}`);
  });
  await using client = new TemporalWorkflowClient({ env: stack.env, logger });
  client.auth.subscribe(() => token.number++);
  const workload = new Workload(client, paceMs);
  const endsAt = performance.now() + runMs;
  const status = (): Status => ({
    tokenNumber: token.number,
    tokenRemainingMs: client.auth.getTimeUntilExpiry(),
    nextRefreshInMs: client.auth.getTimeUntilRefresh(),
    credentials: client.auth.getCredentialsSource() ?? '-',
    workflows: workload.counts,
    rpcs: stack.gateway?.totals,
    remainingMs: endsAt - performance.now(),
  });
  const view = openView(process.stdout, status);
  stack.gateway?.subscribe(({ verdict, method, reason }) => {
    if (verdict === 'refused') view.event(`REFUSED ${method}: ${reason ?? ''}`);
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
        view.event(
          'result' in outcome
            ? `workflow completed: ${outcome.result}`
            : `WORKFLOW FAILED: ${String(outcome.error)}`,
        );
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
