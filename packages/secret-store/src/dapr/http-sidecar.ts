import { SecretStoreErrorCode } from '../errors.ts';
import { parseJson } from '../fields.ts';
import type { Environment } from '../stores/environment-store.ts';
import type { DaprAnswer } from './answer.ts';
import { readEndpoint } from './endpoint.ts';
import { brokenOff, unreachable } from './connection.ts';
import { SidecarError } from './errors.ts';
import type { DaprSidecar } from './sidecar.ts';
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
 * A sidecar over Dapr's HTTP API. Follows no redirect and reads at most 2 MiB of an answer.
 *
 * @throws InvalidConfigurationError for an address or a token that cannot be used
 * @see https://docs.dapr.io/reference/api/secrets_api/
 */
export function httpSidecar(options: HttpSidecarOptions = {}): DaprSidecar {
  const { url, apiToken } = readEndpoint(options);
  const headers = apiToken === undefined ? {} : { 'dapr-api-token': apiToken };
  const exchange = async (path: string, signal: AbortSignal | undefined): Promise<DaprAnswer> => {
    // Loaded here, so that credentials from the environment cost no HTTP client.
    const { default: ky } = await import('ky');
    let status: number | undefined;
    try {
      const response = await ky.get(`${url}${path}`, {
        headers,
        signal: signal ?? null,
        retry: 0,
        timeout: false,
        throwHttpErrors: false,
        redirect: 'manual',
      });
      status = response.status;
      const text = await readText(response);
      return { status, body: parseJson(text) ?? text };
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof SidecarError) throw error;
      throw status === undefined ? unreachable(url, error) : brokenOff(url);
    }
  };
  return sidecarOver(exchange, url, apiToken === undefined ? [] : [apiToken]);
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const body: AsyncIterable<Uint8Array> | null = response.body;
  if (body === null) return '';
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > maxBodyBytes) {
      throw new SidecarError(
        SecretStoreErrorCode.invalidAnswer,
        `The answer is longer than ${maxBodyBytes} bytes.`,
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
