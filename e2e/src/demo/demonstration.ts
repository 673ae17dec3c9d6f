import type { TemporalWorkflowClient } from '@worker-auth/temporal-auth';
import { tokenFingerprint } from '@worker-auth/testing-fakes';
import { FaultBoard } from './fault-board.ts';
import { demoFaults } from './faults.ts';
import { followClient, followGateways, followResults, type ResultCounts, type RpcTotals } from './follow.ts';
import type { PageSource } from './page/server.ts';
import { PlainWorker } from './plain-worker.ts';
import type { Stack } from './stack.ts';
import { Timeline } from './timeline.ts';
import { Work } from './work.ts';

/** A worker's work, what may be broken around it, and the timeline of both; the page shows it. */
export class Demonstration implements PageSource {
  readonly work: Work;
  readonly board: FaultBoard;
  readonly timeline = new Timeline();
  /** Beside ours; there is none where servers are the user's. */
  readonly plain: PlainWorker | undefined;
  readonly #results: ResultCounts;
  readonly #rpcs: RpcTotals;
  readonly #client: TemporalWorkflowClient;
  readonly #stack: Stack;

  /** @param faultSeconds how long a fault lasts at most */
  constructor(client: TemporalWorkflowClient, stack: Stack, faultSeconds: number) {
    const { timeline } = this;
    this.#client = client;
    this.#stack = stack;
    this.board = new FaultBoard(demoFaults(stack, faultSeconds), timeline);
    this.work = new Work(client, timeline, (begunAtMs) => {
      timeline.count('completed');
      this.board.workflowCompleted(begunAtMs);
    });
    const { gateways } = stack;
    followClient(client, timeline, () => {
      const token = gateways.length === 0 ? undefined : client.auth.peek();
      return token && tokenFingerprint(token);
    });
    this.#results = followResults(client, timeline);
    client.on('tokenRefreshed', () => {
      this.board.tokenCame();
    });
    this.#rpcs = followGateways(gateways, timeline);
    this.plain = plainWorkerOf(stack, () => {
      timeline.count('plainCompleted');
    });
  }

  /** RPCs so far; `undefined` when no frontend of ours counts them. */
  get rpcs(): RpcTotals | undefined {
    return this.#stack.gateways.length === 0 ? undefined : this.#rpcs;
  }

  /** See {@link PageSource.read}. */
  read(): object {
    const { temporal, workers } = this.#client.health();
    const restarts = workers[0]?.restarts ?? 0;
    return {
      ...this.timeline.records,
      faults: this.board.states,
      plain: this.plain?.counts,
      temporal: temporal.state,
      temporalUi: this.#stack.temporal?.uiUrl,
      totals: { ...this.work.counts, restarts, rpcs: this.rpcs, results: this.#results },
    };
  }

  /** See {@link PageSource.press}. */
  press(name: string): void {
    this.board.press(name).catch((error: unknown) => {
      this.timeline.note('bad', String(error));
    });
  }
}

/** On servers that are all ours. */
function plainWorkerOf({ temporal, fakes, env }: Stack, completed: () => void): PlainWorker | undefined {
  if (temporal === undefined || fakes === undefined) return undefined;
  const { tokenUrl, clientId, clientSecret } = fakes.oauth;
  const addresses = { address: env['TEMPORAL_ADDRESS'] ?? '', temporalAddress: temporal.address };
  return new PlainWorker({ ...addresses, tokenUrl, clientId, clientSecret, completed });
}
