import {
  checkOptions,
  type DaprSidecar,
  type Environment,
  parseJson,
  throwIfAborted,
  checkText,
} from '@worker-auth/internal';
import { directFetch, readBounded } from '@worker-auth/internal/network';
import { SecretStoreErrorCode } from '../errors.ts';
import type { DaprResponse } from './response.ts';
import { readEndpoint } from './endpoint.ts';
import { brokenOff, SidecarError, unreachable } from './errors.ts';
import { sidecarOver } from './sidecar-over.ts';

/** A secret of a back end is 25 KiB (Azure) to 1 MiB (Kubernetes) at most; metadata is smaller. */
const maxBodyBytes = 2 * 1024 * 1024;

/** Options of {@link httpSidecar}. */
export interface HttpSidecarOptions {
  /** Environment variables; default `process.env`. */
  readonly env?: Environment | undefined;
  /**
   * The sidecar's URL; default `DAPR_HTTP_ENDPOINT`, else port `DAPR_HTTP_PORT` of 127.0.0.1, else
   * `http://127.0.0.1:3500`.
   */
  readonly endpoint?: string | undefined;
  /** Sent as `dapr-api-token`; default `DAPR_API_TOKEN`, else none. Kept out of every error and printout. */
  readonly apiToken?: string | undefined;
}

/**
 * A sidecar over Dapr's HTTP API. Follows no redirect, reads at most 2 MiB of a response, and goes through no proxy, wherever the sidecar
 * is.
 *
 * @throws InvalidSettingError for an address or a token that cannot be used
 * @see https://docs.dapr.io/reference/api/secrets_api/
 */
export function httpSidecar(options: HttpSidecarOptions = {}): DaprSidecar {
  checkOptions('httpSidecar', options, { env: true, endpoint: checkText, apiToken: checkText });
  const { url, apiToken } = readEndpoint(options);
  const headers = apiToken === undefined ? {} : { 'dapr-api-token': apiToken };
  const exchange = async (path: string, signal: AbortSignal | undefined): Promise<DaprResponse> => {
    let status: number | undefined;
    try {
      const response = await directFetch(`${url}${path}`, {
        headers,
        ...(signal !== undefined && { signal }),
      });
      status = response.status;
      const { text, isCut } = await readBounded(response, maxBodyBytes);
      if (isCut && response.ok)
        throw new SidecarError(`The response of ${url} is longer than ${maxBodyBytes} bytes.`, {
          code: SecretStoreErrorCode.invalidResponse,
          status,
        });
      return { status, body: parseJson(text) ?? text };
    } catch (error) {
      throwIfAborted(signal);
      if (error instanceof SidecarError) throw error;
      if (status === undefined) throw unreachable(url, error);
      // A rejection is one by its status, whatever became of its body.
      if (status > 299) return { status, body: '' };
      throw brokenOff(url, status);
    }
  };
  return sidecarOver(exchange, { address: url, secrets: apiToken === undefined ? [] : [apiToken] });
}
