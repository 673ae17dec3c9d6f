import { taskToken } from '../protocol/task-token.ts';
import type { Execution } from './execution.ts';
import type { WorkflowQuery } from './queries.ts';
import type { QueuedWorkflowTask } from './workflow-task.ts';

/**
 * Puts a query into the queue of the worker that has the run in its cache, or of all workers; the former needs no history.
 *
 * @returns what takes it back
 */
export function sendQuery(run: Execution, id: number, query: WorkflowQuery): () => void {
  const isSticky = run.workflowTasks.isSticky && run.queue(true).hasPollers;
  const task: QueuedWorkflowTask = {
    start: () => {
      if (!run.queries.isOpen(id)) return undefined;
      return {
        ...run.describeTask(0),
        taskToken: taskToken({ ...run.place, query: id }),
        previousStartedEventId: run.workflowTasks.previousStartedEventId,
        query,
        history: { events: isSticky ? [] : run.history.events },
      };
    },
    redirect: () => {
      run.workflowTasks.unstick();
      sendQuery(run, id, query);
    },
  };
  return run.queue(isSticky).add(task);
}
