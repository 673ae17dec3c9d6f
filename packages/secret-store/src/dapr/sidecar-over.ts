import { isJsonObject } from '@worker-auth/inlined';
import * as z from 'zod/mini';
import { fieldsOfJson, secretOf } from '../fields.ts';
import { type Answerer, type DaprAnswer, errorOf, invalidAnswer, saysMissing } from './answer.ts';
import { isDaprSecretName, pathSegment } from './path-segment.ts';
import type { DaprSidecar } from './sidecar.ts';

/** Sends one GET request. Rejects with `SidecarError` when no answer came, or with the signal's reason. */
export type DaprExchange = (path: string, signal: AbortSignal | undefined) => Promise<DaprAnswer>;

/** `components` is absent, null or empty when none are loaded, depending on the version. */
const metadataBody = z.object({
  components: z.nullish(z.array(z.object({ name: z.string(), type: z.string() }))),
});

/** A {@link DaprSidecar} whose requests go through `exchange`. */
export function sidecarOver(exchange: DaprExchange, answerer: Answerer): DaprSidecar {
  const { address } = answerer;
  const okOrThrow = (answer: DaprAnswer): void => {
    if (answer.status < 200 || answer.status > 299) throw errorOf(answer, answerer);
  };
  return {
    address,
    async isReady(options) {
      // Anything below 500 is no sidecar that is starting: the read itself finds out what it is.
      const { status } = await exchange('/v1.0/healthz/outbound', options?.signal);
      return status < 500;
    },
    async getComponents(options) {
      const answer = await exchange('/v1.0/metadata', options?.signal);
      okOrThrow(answer);
      const metadata = metadataBody.safeParse(answer.body);
      if (!metadata.success) throw invalidAnswer(answer, address, 'its components');
      return metadata.data.components ?? [];
    },
    async getSecret(component, name, options) {
      if (!isDaprSecretName(name)) {
        throw new TypeError(`A secret called ${JSON.stringify(name)} cannot be read through Dapr`);
      }
      const path = `/v1.0/secrets/${pathSegment(component)}/${pathSegment(name)}`;
      const answer = await exchange(path, options?.signal);
      const asked = { component, componentType: options?.componentType, name };
      if (saysMissing(answer, asked, answerer)) return undefined;
      okOrThrow(answer);
      if (!isJsonObject(answer.body)) throw invalidAnswer(answer, address, 'the fields of a secret');
      return secretOf(fieldsOfJson(answer.body, `secret "${name}"`));
    },
    async getState(store, key, options) {
      const path = `/v1.0/state/${pathSegment(store)}/${pathSegment(key)}`;
      const answer = await exchange(path, options?.signal);
      if (answer.status === 204) return undefined;
      okOrThrow(answer);
      return answer.body;
    },
  };
}
