import type { SecretStore } from '@worker-auth/secret-store';

/** Where the vault of our platform is, and how we show who we are. */
export interface TeamVaultOptions {
  readonly url: string;
  readonly apiKey: string;
  /** Default 5,000. */
  readonly timeoutMs?: number;
}

interface Answer {
  readonly entries: readonly { readonly key: string; readonly value: string }[];
}

/** The vault of our platform: `GET /v1/secrets/NAME` with `x-api-key`, which answers with a list of entries. */
export function teamVault({ url, apiKey, timeoutMs = 5_000 }: TeamVaultOptions): SecretStore {
  return {
    get: async (name, { signal } = {}) => {
      const deadline = AbortSignal.timeout(timeoutMs);
      const response = await fetch(`${url}/v1/secrets/${encodeURIComponent(name)}`, {
        headers: { 'x-api-key': apiKey },
        redirect: 'error',
        signal: signal === undefined ? deadline : AbortSignal.any([deadline, signal]),
      });
      // This alone is "there is no such secret". Whatever else is no secret is an error, or an outage would count as an empty vault.
      if (response.status === 404) return undefined;
      if (!response.ok) throw new Error(`The vault answered with ${response.status}`);
      const { entries } = (await response.json()) as Answer;
      const fields = entries.filter(({ value }) => value !== '').map(({ key, value }) => [key, value]);
      return fields.length === 0 ? undefined : (Object.fromEntries(fields) as Record<string, string>);
    },
  };
}
