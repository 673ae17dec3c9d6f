import { type DaprSidecar, isJsonObject, checkText } from '@worker-auth/internal';
import * as z from 'zod/mini';
import { fieldsOfJson, secretOf } from '../fields.ts';
import { type ResponseOrigin, type DaprResponse, errorOf, invalidResponse, saysMissing } from './response.ts';
import { isDaprSecretName, pathSegment } from './path-segment.ts';

/** Sends one GET request. Rejects with `SidecarError` when no response came, or with the signal's reason. */
export type DaprExchange = (path: string, signal: AbortSignal | undefined) => Promise<DaprResponse>;

/** `components` is absent, null or empty when none are loaded, depending on the version. */
const metadataBody = z.object({
  components: z.nullish(z.array(z.object({ name: z.string(), type: z.string() }))),
});

/** A {@link DaprSidecar} whose requests go through `exchange`. */
export function sidecarOver(exchange: DaprExchange, origin: ResponseOrigin): DaprSidecar {
  const { address } = origin;
  const okOrThrow = (response: DaprResponse): void => {
    if (response.status < 200 || response.status > 299) throw errorOf(response, origin);
  };
  return {
    address,
    async isReady(options) {
      // Anything below 500 is no sidecar that is starting: the read itself finds out what it is.
      const { status } = await exchange('/v1.0/healthz/outbound', options?.signal);
      return status < 500;
    },
    async getComponents(options) {
      const response = await exchange('/v1.0/metadata', options?.signal);
      okOrThrow(response);
      const metadata = metadataBody.safeParse(response.body);
      if (!metadata.success) throw invalidResponse(response, address, 'its components');
      return metadata.data.components ?? [];
    },
    async getSecret(component, name, options) {
      checkText('The name of a secret', name);
      if (!isDaprSecretName(name)) {
        throw new TypeError(`A secret called ${JSON.stringify(name)} cannot be read through Dapr`);
      }
      const path = `/v1.0/secrets/${pathSegment(component)}/${pathSegment(name)}`;
      const response = await exchange(path, options?.signal);
      const asked = { component, componentType: options?.componentType, name };
      if (saysMissing(response, asked, origin)) return undefined;
      okOrThrow(response);
      if (!isJsonObject(response.body)) throw invalidResponse(response, address, 'the fields of a secret');
      return secretOf(fieldsOfJson(response.body, `secret "${name}"`));
    },
    async getState(store, key, options) {
      const path = `/v1.0/state/${pathSegment(store)}/${pathSegment(key)}`;
      const response = await exchange(path, options?.signal);
      if (response.status === 204) return undefined;
      okOrThrow(response);
      return response.body;
    },
  };
}
