/** Distinguishes a missing permission from a bad token: makes a call with the rejected token that needs another permission. */
import type { Caller } from './caller.ts';
import { attempt, headersOf, type ProxyCore } from './core.ts';
import { grpcStatus } from './exchange.ts';
import { descriptionOf } from './wire.ts';

/** How long its answer may take, in ms. */
const answerMs = 5_000;

const path = '/temporal.api.workflowservice.v1.WorkflowService/DescribeNamespace';

/** A token that is good here, and with which none of these calls was ever accepted, lacks the right to write; the verdicts say so then. */
export async function askElsewhere(
  core: ProxyCore,
  { namespace, headers }: Pick<Caller, 'namespace' | 'headers'>,
  token: string,
): Promise<void> {
  const scope = core.scopes.of(namespace, path);
  if (scope === undefined) return;
  const call = {
    headers: headersOf(path, headers),
    body: descriptionOf(namespace),
    deadlineMs: answerMs,
    timeoutMs: answerMs,
  };
  const { answer, sentMs } = await attempt(core, scope, token, call);
  if (answer.status !== grpcStatus.ok) return;
  core.scopes.prove(scope);
  core.tokens.accepted(scope.verdicts, path, token, sentMs);
}
