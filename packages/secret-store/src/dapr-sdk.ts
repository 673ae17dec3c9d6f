import type { DaprClient, HTTPClient } from '@dapr/dapr';
import { abortable, type DaprSidecar, parseJson, throwIfAborted, isPlain } from '@worker-auth/internal';
import { networkErrorCode } from '@worker-auth/internal/network';
import * as z from 'zod/mini';
import type { DaprResponse } from './dapr/response.ts';
import { brokenOff, unreachable } from './dapr/errors.ts';
import { sidecarOver } from './dapr/sidecar-over.ts';

const version = '/v1.0';

/** What the SDK puts, as JSON, into the message of its errors. */
const sdkFailure = z.object({ status: z.number(), error_msg: z.string() });

/**
 * A sidecar through a `DaprClient` of `@dapr/dapr` that the application has already: its address, token, agents and
 * logger are used.
 *
 * Requests go through the client's `execute`, not through `client.secret` and `client.metadata`. These first wait up
 * to 30 seconds for the SDK's own readiness check, which takes a rejected token for a sidecar that is not there. The
 * SDK has no way to end a request: one that is aborted or late is left behind. A response's size is not limited. The SDK follows redirects,
 * with its token.
 *
 * @throws TypeError for a client over gRPC, which gives only one field of a secret
 * @see https://docs.dapr.io/developing-applications/sdks/js/js-client/
 */
export function daprClientSidecar(client: DaprClient): DaprSidecar {
  const http: unknown = (client as DaprClient | null | undefined)?.daprClient;
  if (!isHttpClient(http)) {
    throw new TypeError(
      'The DaprClient must use HTTP (communicationProtocol): over gRPC the SDK loses fields of a secret',
    );
  }
  const { daprHost, daprPort, daprApiToken } = client.options;
  const address = `http://${daprHost}:${daprPort}`;
  const exchange = async (path: string, signal: AbortSignal | undefined): Promise<DaprResponse> => {
    throwIfAborted(signal);
    try {
      const request = http.execute(path.slice(version.length), { method: 'GET' }, false);
      const body: unknown = await abortable(request, signal);
      return { status: body === '' ? 204 : 200, body };
    } catch (error) {
      throwIfAborted(signal);
      return responseOf(error, address);
    }
  };
  return sidecarOver(exchange, { address, secrets: daprApiToken === undefined ? [] : [daprApiToken] });
}

function isHttpClient(client: unknown): client is HTTPClient {
  return isPlain(client) && 'execute' in client;
}

/** The response inside an error of the SDK. */
function responseOf(error: unknown, address: string): DaprResponse {
  const failure = sdkFailure.safeParse(error instanceof Error ? parseJson(error.message) : undefined);
  if (failure.success) {
    const { status, error_msg: text } = failure.data;
    return { status, body: parseJson(text) ?? text };
  }
  throw networkErrorCode(error) === 'ERR_STREAM_PREMATURE_CLOSE'
    ? brokenOff(address)
    : unreachable(address, error);
}
