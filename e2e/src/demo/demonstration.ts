import type { TemporalWorkflowClient } from '@worker-auth/temporal-auth';
import { FaultBoard } from './fault-board.ts';
import { demoFaults } from './faults.ts';
import { followClient, followGateway } from './follow.ts';
import type { PageData, PageSource } from './page/server.ts';
import type { Stack } from './stack.ts';
import { Timeline } from './timeline.ts';
import { Work } from './work.ts';

/** What {@link Demonstration} shows. */
export interface DemonstrationOptions {
  readonly client: TemporalWorkflowClient;
  readonly stack: Stack;
  /** How long a fault lasts at most. */
  readonly faultSeconds: number;
  /** Told in words of workflows and of faults. */
  readonly say: (text: string, isBad: boolean) => void;
}

/** A worker's work, what may be broken around it, and the timeline of both; the page shows it. */
export class Demonstration implements PageSource {
  readonly work: Work;
  readonly board: FaultBoard;
  readonly timeline = new Timeline();
  readonly #client: TemporalWorkflowClient;
  readonly #stack: Stack;
  readonly #tell: (tone: 'good' | 'bad', text: string) => void;

  constructor({ client, stack, faultSeconds, say }: DemonstrationOptions) {
    const { timeline } = this;
    this.#client = client;
    this.#stack = stack;
    this.#tell = (tone, text) => {
      timeline.note(tone, text);
      say(text, tone === 'bad');
    };
    this.board = new FaultBoard(demoFaults(stack, faultSeconds), timeline, this.#tell);
    let isFailing = false;
    this.work = new Work(client, timeline, {
      completed: (workflowId, begunAtMs) => {
        isFailing = false;
        timeline.count('completed');
        this.board.workflowCompleted(begunAtMs);
        say(`workflow completed: ${workflowId}`, false);
      },
      failed: (error) => {
        // It tries again twice a second, for each of many workflows.
        if (!isFailing) say(`starting workflows: ${String(error)}`, true);
        isFailing = true;
      },
    });
    followClient(client, timeline);
    client.on('tokenRefreshed', () => {
      this.board.tokenCame();
    });
    if (stack.fakes?.gateway !== undefined) followGateway(stack.fakes.gateway, timeline, say);
  }

  /** See {@link PageSource.read}. */
  read(revision: number): PageData {
    const { temporal, workers } = this.#client.health();
    const restarts = workers[0]?.restarts ?? 0;
    const { passed: calls, refused } = this.#stack.fakes?.gateway?.totals ?? {};
    return {
      ...this.timeline.since(revision),
      faults: this.board.states,
      temporal: temporal.state,
      temporalUi: this.#stack.temporal?.uiUrl,
      totals: { ...this.work.counts, restarts, calls, refused },
    };
  }

  /** See {@link PageSource.press}. */
  press(name: string): void {
    this.board.press(name).catch((error: unknown) => {
      this.#tell('bad', String(error));
    });
  }
}
