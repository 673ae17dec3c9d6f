import { ByToken, type Learnt, type Namespace } from './learnt.ts';
import { retryMs, ScopeVerdicts } from './verdicts.ts';

/** What all connections of a token source have learnt. */
export class Verdicts {
  readonly acceptedAnywhereMs: Learnt['acceptedAnywhereMs'] = new ByToken();
  readonly rejectedAnywhereMs: Learnt['rejectedAnywhereMs'] = new ByToken();

  connection(): ConnectionVerdicts {
    return new ConnectionVerdicts(this);
  }
}

/** What one connection has learnt. */
export class ConnectionVerdicts {
  readonly #learnt: Learnt;
  readonly #scopes = new Map<string, ScopeVerdicts>();
  readonly #namespaces = new Map<string, Namespace>();

  constructor({ acceptedAnywhereMs, rejectedAnywhereMs }: Verdicts) {
    this.#learnt = {
      acceptedMs: new ByToken(),
      trials: new ByToken(),
      acceptedAnywhereMs,
      rejectedAnywhereMs,
    };
  }

  scope(namespace: string, method: string): ScopeVerdicts {
    const key = `${namespace} ${method}`;
    const known = this.#scopes.get(key);
    if (known !== undefined) return known;
    const scope = new ScopeVerdicts(this.#learnt, this.#namespace(namespace));
    this.#scopes.set(key, scope);
    return scope;
  }

  /** Until a token that is rejected is tried again. */
  dueInMs(token: string, nowMs: number): number {
    return Math.max(0, (this.#learnt.trials.get(token)?.dueMs ?? nowMs + retryMs.first) - nowMs);
  }

  #namespace(name: string): Namespace {
    const namespace = this.#namespaces.get(name) ?? { acceptedMs: -Infinity, askedMs: -Infinity };
    this.#namespaces.set(name, namespace);
    return namespace;
  }
}
