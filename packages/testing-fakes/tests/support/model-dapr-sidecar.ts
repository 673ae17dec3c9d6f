import type { DaprContractSidecar } from '../../src/contracts/dapr/dapr-contract-sidecar.ts';
import type {
  DaprSidecarContractSetup,
  DaprSidecarUnderTest,
} from '../../src/contracts/dapr/dapr-under-test.ts';
import { patienceOf } from './broken-promises.ts';

type Signal = AbortSignal | undefined;

/** What came back from the sidecar. */
export interface ModelDaprAnswer {
  readonly status: number;
  readonly text: string;
}

/** The smallest adapter that keeps the contract. Its parts are methods, so that a test can break one. */
export class ModelDaprAdapter implements DaprSidecarUnderTest {
  redirect: 'error' | 'follow' = 'error';
  readonly #url: string;
  readonly #apiToken: string;

  constructor(url: string, apiToken: string) {
    this.#url = url;
    this.#apiToken = apiToken;
  }

  async isReady(options?: { readonly signal?: Signal }): Promise<boolean> {
    return (await this.ask('/v1.0/healthz/outbound', options?.signal)).status < 500;
  }

  async getComponents(options?: {
    readonly signal?: Signal;
  }): Promise<readonly { readonly name: string; readonly type: string }[]> {
    const body = this.object(await this.ask('/v1.0/metadata', options?.signal));
    return (body['components'] ?? []) as { name: string; type: string }[];
  }

  async getSecret(
    component: string,
    name: string,
    options?: { readonly signal?: Signal },
  ): Promise<Readonly<Record<string, string>> | undefined> {
    const answer = await this.ask(this.path(component, name), options?.signal);
    return this.saysMissing(answer) ? undefined : this.fields(this.object(answer));
  }

  get url(): string {
    return this.#url;
  }

  get apiToken(): string {
    return this.#apiToken;
  }

  path(component: string, name: string): string {
    return `/v1.0/secrets/${encodeURIComponent(component)}/${encodeURIComponent(name)}`;
  }

  async ask(path: string, signal: Signal): Promise<ModelDaprAnswer> {
    try {
      const headers = { 'dapr-api-token': this.#apiToken };
      const response = await fetch(`${this.#url}${path}`, {
        ...{ headers, redirect: this.redirect, signal: signal ?? null },
      });
      return { status: response.status, text: await response.text() };
    } catch {
      signal?.throwIfAborted();
      throw this.error('UNREACHABLE', 'No answer of the sidecar');
    }
  }

  saysMissing({ status, text }: ModelDaprAnswer): boolean {
    if (status === 204) return true;
    return status === 500 && text.includes('ERR_SECRET_GET') && /secret .* not found/.test(text);
  }

  object(answer: ModelDaprAnswer): Record<string, unknown> {
    if (answer.status !== 200) throw this.error(this.codeOf(answer), `The sidecar answered ${answer.status}`);
    const body = this.json(answer.text);
    if (typeof body === 'object' && body !== null && !Array.isArray(body))
      return body as Record<string, unknown>;
    throw this.error('SECRET_STORE_INVALID_RESPONSE', 'The response is no object');
  }

  json(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch {
      throw this.error('SECRET_STORE_INVALID_RESPONSE', 'The response is no JSON');
    }
  }

  codeOf({ status, text }: ModelDaprAnswer): string {
    if (text.includes('ERR_SECRET_STORE_NOT_FOUND')) return codes.componentNotFound;
    if (status === 403) return codes.accessDenied;
    return status === 401 ? codes.apiTokenRejected : 'SECRET_STORE_BACKEND_FAILED';
  }

  fields(body: Record<string, unknown>): Readonly<Record<string, string>> | undefined {
    const entries = Object.entries(body as Record<string, string>).filter(([, value]) => value !== '');
    return entries.length === 0 ? undefined : Object.fromEntries(entries);
  }

  error(code: string, message: string): Error {
    return Object.assign(new Error(message), { code });
  }
}

/** As `@worker-auth/secret-store` calls them. */
const codes = {
  componentNotFound: 'SECRET_STORE_COMPONENT_NOT_FOUND',
  accessDenied: 'SECRET_STORE_ACCESS_DENIED',
  apiTokenRejected: 'SECRET_STORE_API_TOKEN_REJECTED',
};

/** A setup of adapters to `sidecar` that `breakIt` may have broken. */
export function daprSetup(
  { sidecar, apiToken, setup }: DaprContractSidecar,
  breakIt?: (adapter: ModelDaprAdapter) => void,
): DaprSidecarContractSetup {
  return {
    ...setup,
    connect: (options) => {
      const adapter = new ModelDaprAdapter(sidecar.url, options?.apiToken ?? apiToken);
      breakIt?.(adapter);
      return adapter;
    },
    patienceMs: patienceOf(),
  };
}
