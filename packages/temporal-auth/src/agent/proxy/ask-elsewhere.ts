/** Tells a permission that is missing from a token that is bad: asks with a rejected token what needs another permission. */
import type { Caller } from './caller.ts';
import { attempt, type ProxyCore } from './core.ts';
import { grpcStatus } from './exchange.ts';
import { descriptionOf } from './wire.ts';

/** How long its answer may take, in ms. */
const answerMs = 5_000;

const path = '/temporal.api.workflowservice.v1.WorkflowService/DescribeNamespace';

/** A token that is good here, and with which no poll was ever accepted, lacks the right to write; the verdicts say so then. */
export async function askElsewhere(
  core: ProxyCore,
  { namespace, headers }: Pick<Caller, 'namespace' | 'headers'>,
  token: string,
): Promise<void> {
  const scope = core.scopes.of(namespace, path);
  if (scope === undefined) return;
  const own = { ...headers, ':path': path };
  Reflect.deleteProperty(own, 'grpc-encoding');
  const call = { headers: own, body: descriptionOf(namespace), deadlineMs: answerMs, timeoutMs: answerMs };
  const { answer, sentMs } = await attempt(core, scope, token, call);
  if (answer.status === grpcStatus.ok) core.tokens.accepted(scope.verdicts, path, token, sentMs);
}
