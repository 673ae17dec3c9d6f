import type { Interceptor } from '@grpc/grpc-js';
import { Connection, defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';
import { authInterceptor } from '../../src/connection/auth-interceptor.ts';
import { openScene, type Scene } from './scene.ts';
import { ScriptedTokens } from '@worker-auth/calls/tests/scripted-tokens';

/** A connection of Temporal's client with the interceptor and nothing else of ours. */
export interface CallScene extends AsyncDisposable {
  readonly temporal: Scene['temporal'];
  readonly clock: Scene['clock'];
  readonly tokens: ScriptedTokens;
  readonly connection: Connection;
  /** A call that reaches the server as `DescribeNamespace`. */
  call(): Promise<unknown>;
  /** The tokens of these calls, in order. */
  sent(): (string | undefined)[];
}

/** Temporal's own retries, which wait a millisecond. */
export function quickRetries(): Interceptor {
  return makeGrpcRetryInterceptor(defaultGrpcRetryOptions({ initialIntervalMs: () => 1 }));
}

/**
 * @param token what the source has; `null` for none
 * @param around the interceptors, given ours
 */
export async function openCallScene(
  token: string | null = 'first',
  around: (auth: Interceptor) => Interceptor[] = (auth) => [quickRetries(), auth],
): Promise<CallScene> {
  const scene = await openScene({ acceptToken: undefined });
  const { temporal, clock } = scene;
  const tokens = new ScriptedTokens(token ?? undefined);
  const connection = Connection.lazy({
    address: `127.0.0.1:${temporal.port}`,
    tls: false,
    interceptors: around(authInterceptor(tokens, { clock })),
  });
  return {
    ...{ temporal, clock, tokens, connection },
    call: () => connection.workflowService.describeNamespace({ namespace: 'default' }),
    sent: () =>
      temporal.tokensOf('DescribeNamespace').map((fingerprint) => tokens.byFingerprint(fingerprint)),
    [Symbol.asyncDispose]: async () => {
      await connection.close();
      await scene[Symbol.asyncDispose]();
    },
  };
}
