import { callback } from '../given/check-given.ts';
import { RequestLog } from '../server/request-log.ts';
import { isForMethod, type MethodPattern } from './method-pattern.ts';
import type { SeenToken } from './seen-tokens.ts';

/** What became of one RPC. It never holds the token itself. */
export interface RecordedRpc<Reason = string> {
  /** The method's short name, such as `PollWorkflowTaskQueue`. */
  readonly method: string;
  /** The whole name, `/package.Service/Method`. */
  readonly path: string;
  /** The namespace that the request names, when the verdict depended on it. */
  readonly namespace: string | undefined;
  /** The caller's metadata, such as `x-tenant`, without the token. */
  readonly metadata: Readonly<Record<string, string>>;
  /** `passed`: handed on to what answers it, whatever that answers. */
  readonly verdict: 'passed' | 'rejected';
  /** Why it was rejected; `fault`: a rule of the test. `undefined` when it passed. */
  readonly reason: Reason | 'fault' | undefined;
  /** The bearer token, when there was one. */
  readonly token: SeenToken | undefined;
  /** The `CN` of the client certificate of its connection, when one was asked for. */
  readonly clientName?: string | undefined;
}

/** The RPCs of a server, in the order of their verdicts, and those who subscribe to them. */
export class CallLog<Reason> extends RequestLog<RecordedRpc<Reason>> {
  /** How many RPCs got each verdict, by the method's short name. */
  readonly counts = { passed: new Map<string, number>(), rejected: new Map<string, number>() };
  readonly #watchers = new Set<() => void>();

  override add(call: RecordedRpc<Reason>): void {
    super.add(call);
    const counts = this.counts[call.verdict];
    counts.set(call.method, (counts.get(call.method) ?? 0) + 1);
    this.close(call);
    this.changed();
  }

  /** Looks again at all conditions that somebody waits for. */
  changed(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }

  /** The next RPC of these methods (default any). */
  nextOf(method: MethodPattern | undefined): Promise<RecordedRpc<Reason>> {
    return new Promise((resolve) => {
      const unsubscribe = this.subscribe((call) => {
        if (!isForMethod(method, call.path)) return;
        unsubscribe();
        resolve(call);
      });
    });
  }

  until(condition: () => boolean): Promise<void> {
    callback('condition', condition);
    return new Promise((resolve, reject) => {
      const look = (): void => {
        try {
          if (!condition()) return;
          resolve();
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
        this.#watchers.delete(look);
      };
      this.#watchers.add(look);
      look();
    });
  }
}
