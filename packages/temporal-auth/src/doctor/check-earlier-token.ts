import type { Connection } from '@temporalio/client';
import { callFailure, isRefusal } from '../errors/refusal.ts';
import type { CheckedToken } from './check-token.ts';
import { DoctorCode } from './doctor-code.ts';
import type { Found } from './examination.ts';
import { type DiagnosisContext, inTime } from './diagnosis-context.ts';

/** Where and with what Temporal is asked. */
export interface AskedTwice {
  readonly connection: Connection | undefined;
  readonly token: CheckedToken | undefined;
  readonly namespace: string;
}

/**
 * Whether Temporal accepts a token after the next one was issued. Where it does not, the OAuth server keeps one token for each client, so that
 * replicas end one another's tokens.
 */
export async function checkEarlierToken(
  context: DiagnosisContext,
  { connection, token, namespace }: AskedTwice,
): Promise<void> {
  const { examination, options } = context;
  const name = 'temporal-earlier-token';
  if (options.tokenFile !== undefined) examination.skip([name], 'the token comes from a file');
  if (connection === undefined || token === undefined || options.tokenFile !== undefined) return;
  const isAccepted = async (accessToken: string): Promise<boolean> => {
    const metadata = { authorization: `Bearer ${accessToken}` };
    try {
      await connection.withMetadata(metadata, () =>
        connection.workflowService.describeNamespace({ namespace }),
      );
      return true;
    } catch (error) {
      if (isRefusal(callFailure(error))) return false;
      throw error;
    }
  };
  const compare = async (signal: AbortSignal): Promise<Found> => {
    const earlier = await token.tokens.getToken({ signal });
    const newest = await token.tokens.getToken({ forceRefresh: true, signal });
    const accepted = 'Temporal accepts a token after the next one was issued';
    if (earlier === newest) return { description: 'the token endpoint gives the same token again' };
    if (await isAccepted(earlier)) return { description: accepted };
    // Both rejected: what changed meanwhile has to do with something else.
    if (!(await isAccepted(newest))) return { description: `${accepted}: not known, it rejects both by now` };
    return {
      description: 'Temporal rejects a token after the next one was issued',
      code: DoctorCode.oneTokenPerClient,
      error:
        'Temporal accepted a token and rejected it after the next one was issued: the OAuth server keeps one token for each client. ' +
        "Replicas with this client end one another's tokens. Have them share one (worker-auth agent), or give each a client of its own.",
    };
  };
  await examination.check(name, () => inTime(context, 'answer to an earlier token', compare));
}
