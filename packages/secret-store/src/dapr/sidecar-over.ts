import { z } from 'zod';
import { fieldsOfJson, isJsonObject, secretOf } from '../fields.ts';
import { type DaprAnswer, errorOf, invalidAnswer, saysMissing } from './answer.ts';
import type { DaprSidecar } from './sidecar.ts';

/** Sends one GET request. Rejects with `SidecarError` when no answer came, or with the signal's reason. */
export type DaprExchange = (path: string, signal: AbortSignal | undefined) => Promise<DaprAnswer>;

/** `components` is absent, null or empty when none are loaded, depending on the version. */
const metadataBody = z.object({
  components: z
    .array(z.object({ name: z.string(), type: z.string() }))
    .nullish()
    .transform((components) => components ?? []),
});

/**
 * A {@link DaprSidecar} whose requests go through `exchange`.
 *
 * @param secrets never repeated in an error
 */
export function sidecarOver(
  exchange: DaprExchange,
  address: string,
  secrets: readonly string[],
): DaprSidecar {
  const okOrThrow = (answer: DaprAnswer): void => {
    if (answer.status < 200 || answer.status > 299) throw errorOf(answer, address, secrets);
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
      return metadata.data.components;
    },
    async getSecret(component, name, options) {
      // Dapr answers this name with every secret of the store.
      if (name === 'bulk') throw new TypeError('A secret called "bulk" cannot be read through Dapr');
      const path = `/v1.0/secrets/${segment(component)}/${segment(name)}`;
      const answer = await exchange(path, options?.signal);
      if (saysMissing(answer, component, name)) return undefined;
      okOrThrow(answer);
      if (!isJsonObject(answer.body)) throw invalidAnswer(answer, address, 'the fields of a secret');
      return secretOf(fieldsOfJson(answer.body, `secret "${name}"`));
    },
    async getState(store, key, options) {
      const path = `/v1.0/state/${segment(store)}/${segment(key)}`;
      const answer = await exchange(path, options?.signal);
      if (answer.status === 204) return undefined;
      okOrThrow(answer);
      return answer.body;
    },
  };
}

const loneSurrogate = /\p{Cs}/u;

/** One segment of a path. An empty one and dot segments would name another path (WHATWG URL standard). */
function segment(text: string): string {
  if (text === '' || text === '.' || text === '..' || loneSurrogate.test(text)) {
    throw new TypeError(`A name in Dapr cannot be ${JSON.stringify(text)}`);
  }
  return encodeURIComponent(text);
}
