import type { Failure, ResponseOf } from '../protocol/plain.ts';
import { notFound, queryFailed, type RpcError } from '../protocol/rpc-error.ts';
import type { WorkflowTaskAnswer } from './workflow-task.ts';

type QueryAnswer = ResponseOf<'queryWorkflow'>;
/** What is asked. */
export type WorkflowQuery = NonNullable<WorkflowTaskAnswer['query']>;

interface Question {
  readonly query: WorkflowQuery;
  takeBack: (() => void) | undefined;
  resolve(answer: QueryAnswer): void;
  reject(error: RpcError): void;
}

/** The questions to one run. Each is a task of its own, which goes out while no workflow task is open. */
export class Queries {
  readonly #open = new Map<number, Question>();
  readonly #send: (id: number, query: WorkflowQuery) => () => void;
  #lastId = 0;

  /** @param send puts a query into a queue; returns what takes it back */
  constructor(send: (id: number, query: WorkflowQuery) => () => void) {
    this.#send = send;
  }

  /** The answer of a worker; never, when the signal aborts before there is one. */
  ask(query: WorkflowQuery, signal: AbortSignal): Promise<QueryAnswer> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#open.set(id, { query, takeBack: undefined, resolve, reject });
      signal.addEventListener('abort', () => {
        this.#open.get(id)?.takeBack?.();
        this.#open.delete(id);
      });
    });
  }

  get hasOpen(): boolean {
    return this.#open.size > 0;
  }

  isOpen(id: number): boolean {
    return this.#open.has(id);
  }

  /** Sends what is not sent yet. */
  pump(): void {
    for (const [id, question] of this.#open) question.takeBack ??= this.#send(id, question.query);
  }

  /** @throws RpcError NOT_FOUND when nobody waits for the answer */
  answer(
    id: number,
    outcome:
      | { readonly result: QueryAnswer['queryResult'] }
      | { readonly error: string; readonly failure: Failure | null | undefined },
  ): void {
    const question = this.#open.get(id);
    if (question === undefined) throw notFound('query task not found, or already expired');
    this.#open.delete(id);
    if ('result' in outcome) question.resolve({ queryResult: outcome.result });
    else question.reject(queryFailed(outcome.error, outcome.failure));
  }
}
