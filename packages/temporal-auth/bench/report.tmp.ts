import { defaultPayloadConverter } from '@temporalio/common';
import { DefaultLogger } from '@temporalio/worker';
import { systemClock } from '@worker-auth/internal';
import { ResultReporter } from '../src/delivery/result-reporter.ts';
import { ResultSender } from '../src/delivery/result-sender.ts';
import { TokenReplacement } from '../src/tokens/token-replacement.ts';
const tokens: any = { peek: () => 'token', getToken: async () => 'token', subscribe: () => () => undefined };
const replacement = new TokenReplacement(tokens, systemClock);
const verdicts = replacement.verdicts.connection();
const scopes = new Map();
const service = { respondActivityTaskCompleted: async () => ({}) };
const place: any = {
  address: 'x', ending: new AbortController().signal, options: { clock: systemClock, random: Math.random, logger: new DefaultLogger('ERROR'), events: { emit() {} } },
  token: { connection: { workflowService: service, withDeadline: (_d: number, c: any) => c() }, next: () => 'token', current: 'token',
    scope: (ns: string, m = 'workers') => verdicts.scope(ns, m), accepted: (s: any, t: string, ms: number) => replacement.accepted(s, t, ms) },
  explain: String, accepted: () => undefined, silent: async () => false,
};
const sender = new ResultSender(place, 'default');
const worker: any = { namespace: 'default', taskQueue: 'q', identity: 'me', activities: new Map(), buildId: 'v', useVersioning: false };
const reporter = new ResultReporter(sender, worker, systemClock);
const mk = (i: number): any => ({ info: { taskToken: Uint8Array.of(i & 255, (i >> 8) & 255, i >> 16), activityType: 'run', activityId: '7', isLocal: false, workflowExecution: { workflowId: 'w', runId: 'r' }, workflowType: 'x', inWorkflow: true, startToCloseTimeoutMs: 60_000, scheduleToCloseTimeoutMs: 0, namespace: 'default', scheduledTimestampMs: Date.now(), currentAttemptScheduledTimestampMs: Date.now() },
  cancellationSignal: new AbortController().signal, log: {}, heartbeat: () => undefined });
const contexts = Array.from({ length: 20_000 }, (_, i) => mk(i));
async function ours(ctx: any) { const i: any = reporter.interceptor(ctx).inbound; try { await i.execute({ args: [] }, async () => 'xxxxxxxxxx'); } catch { /* */ } }
async function bare(ctx: any) { const payload = defaultPayloadConverter.toPayload('xxxxxxxxxx'); await service.respondActivityTaskCompleted(); void payload; void ctx; }
for (const [name, fn] of [['bare', bare], ['ours', ours], ['bare', bare], ['ours', ours], ['ours', ours]] as const) {
  const t = process.cpuUsage(); 
  for (let k = 0; k < contexts.length; k += 20) await Promise.all(contexts.slice(k, k + 20).map(fn));
  const u = process.cpuUsage(t); console.log(name, ((u.user + u.system) / contexts.length).toFixed(2), 'us');
}
