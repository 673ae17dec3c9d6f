import type { Execution } from '../executions/execution.ts';
import type { Namespaces } from '../namespaces.ts';
import type { Handlers } from '../protocol/plain.ts';

/** How long a caller may wait for the end of a run before it is asked to come again, as in Temporal. */
const waitMs = 20_000;

/** Temporal's number of "only the event that ends the run". */
const closeEvent = 2;

/** Reading what has happened to a run: all of it, or the event that ends it, for which a caller may wait. */
export function historyHandlers(namespaces: Namespaces): Handlers {
  return {
    getWorkflowExecutionHistory: async (request, signal) => {
      const { namespace, execution, nextPageToken, historyEventFilterType, waitNewEvent } = request;
      const runId = nextPageToken?.length ? Buffer.from(nextPageToken).toString() : execution?.runId;
      const run = namespaces.get(namespace).get(execution?.workflowId ?? '', runId);
      if (waitNewEvent) await waitForEnd(run, signal);
      const isOver = run.closed !== undefined;
      // The token has the caller come again, for the same run.
      const next = waitNewEvent && !isOver ? { nextPageToken: Buffer.from(run.start.runId) } : {};
      const { events } = run.history;
      if (Number(historyEventFilterType) !== closeEvent) return { history: { events }, ...next };
      return { history: { events: waitNewEvent && !isOver ? [] : events.slice(-1) }, ...next };
    },
  };

  async function waitForEnd(run: Execution, signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    const timer = namespaces.clock.startTimer(() => {
      over.abort();
    }, waitMs);
    const either = AbortSignal.any([signal, over.signal]);
    while (run.closed === undefined && !either.aborted) await run.history.change(either);
    timer.cancel();
  }
}
