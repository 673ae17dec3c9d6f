import type { Execution } from '../executions/execution.ts';
import type { HistoryEvent } from '../executions/history.ts';
import type { Namespaces } from '../namespaces.ts';
import type { Handlers } from '../protocol/plain.ts';
import { invalidArgument } from '../protocol/rpc-error.ts';

/** How long a caller may wait for a new event before it is asked to come again, as in Temporal. */
const waitMs = 20_000;

/** Temporal's number of "only the event that ends the run". */
const closeEvent = 2;

/** Where the next page begins. */
interface PageToken {
  readonly runId: string;
  /** How many events the caller has. */
  readonly seen: number;
}

/** Reading what has happened to a run, and waiting for more. */
export function historyHandlers(namespaces: Namespaces): Handlers {
  return {
    getWorkflowExecutionHistory: async (request, signal) => {
      const { namespace, execution, nextPageToken, historyEventFilterType, maximumPageSize } = request;
      const page = readPageToken(nextPageToken);
      const run = namespaces.get(namespace).get(execution?.workflowId ?? '', page?.runId ?? execution?.runId);
      const { events } = run.history;
      const isForClose = Number(historyEventFilterType) === closeEvent;
      const seen = page?.seen ?? 0;
      if (request.waitNewEvent === true) {
        await waitFor(run, () => run.closed !== undefined || (!isForClose && events.length > seen), signal);
      }
      if (isForClose) {
        const isOver = run.closed !== undefined;
        const last = isOver ? events.slice(-1) : request.waitNewEvent === true ? [] : events.slice(-1);
        return answer(
          last,
          isOver || request.waitNewEvent !== true ? undefined : { runId: run.start.runId, seen: 0 },
        );
      }
      const end = maximumPageSize ? seen + maximumPageSize : events.length;
      const isLast = end >= events.length && (request.waitNewEvent !== true || run.closed !== undefined);
      const shown = end >= events.length ? run.workflowTasks.transientEvents : [];
      return answer(
        [...events.slice(seen, end), ...shown],
        isLast ? undefined : { runId: run.start.runId, seen: Math.min(end, events.length) },
      );
    },
  };

  async function waitFor(run: Execution, condition: () => boolean, signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    const timer = namespaces.clock.startTimer(() => {
      over.abort();
    }, waitMs);
    const either = AbortSignal.any([signal, over.signal]);
    while (!condition() && !either.aborted) await run.history.change(either);
    timer.cancel();
  }
}

function answer(
  events: readonly HistoryEvent[],
  next: PageToken | undefined,
): { readonly history: { readonly events: readonly HistoryEvent[] }; readonly nextPageToken?: Uint8Array } {
  return {
    history: { events },
    ...(next === undefined ? {} : { nextPageToken: Buffer.from(JSON.stringify(next)) }),
  };
}

function readPageToken(bytes: Uint8Array | null | undefined): PageToken | undefined {
  if (bytes === null || bytes === undefined || bytes.length === 0) return undefined;
  try {
    return JSON.parse(Buffer.from(bytes).toString()) as PageToken;
  } catch {
    throw invalidArgument('Invalid NextPageToken.');
  }
}
