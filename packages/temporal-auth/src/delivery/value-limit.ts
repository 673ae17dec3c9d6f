import { type Clock, withDeadline } from '@worker-auth/internal';
import type { TaskCalls } from '@worker-auth/calls/delivery/task-calls';
import type { WorkflowService } from './result-request.ts';

/** A value that no namespace rejects for its size, in bytes: its limit need not be known. */
const smallBytes = 65_536;

/** How long a namespace's limit is waited for, in milliseconds. */
const limitMs = 3_000;

/** How large values a namespace takes: the server fails an activity with a larger one for good. */
export class ValueLimit {
  readonly #namespace: string;
  readonly #clock: Clock;
  /** In bytes, once that is known; 0 for any. */
  #limit: number | undefined;

  constructor(namespace: string, clock: Clock) {
    this.#namespace = namespace;
    this.#clock = clock;
  }

  /** Whether the namespace takes a value of so many bytes, as far as can be known. */
  admits(bytes: number, calls: TaskCalls<WorkflowService>): true | Promise<boolean> {
    return bytes < smallBytes || this.#admits(bytes, calls);
  }

  async #admits(bytes: number, calls: TaskCalls<WorkflowService>): Promise<boolean> {
    const request = { namespace: this.#namespace };
    const ask = () => calls.make((service) => service.describeNamespace(request));
    const timeoutError = (): Error => calls.noResponse(limitMs);
    const bounds = { clock: this.#clock, timeoutMs: limitMs, timeoutError };
    try {
      this.#limit ??= Number(
        (await withDeadline(ask, bounds)).namespaceInfo?.limits?.blobSizeLimitError ?? 0,
      );
    } catch {
      return true; // The next one is asked about again.
    }
    return this.#limit === 0 || bytes <= this.#limit;
  }
}
