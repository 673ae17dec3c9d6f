import { Client, Connection } from '@temporalio/client';
import { UsageError } from '@worker-auth/servers';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AgentProcess } from '../agent/agent-process.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';
import { SteadyWorker } from '../proxied/worker-process.ts';
import type { Stack } from './stack.ts';

/** In what plain workers are written that stand behind the agent's proxy. */
export const proxiedLanguages = ['python', 'go'] as const;

export type ProxiedLanguage = (typeof proxiedLanguages)[number];

/** How one of them fares. */
export interface ProxiedCounts {
  readonly language: ProxiedLanguage;
  readonly started: number;
  readonly completed: number;
  readonly isAlive: boolean;
}

/** Plain workers without a credential behind one agent, which is before the frontends of a stack. Each gets a workflow a second. */
export class ProxiedWorkers implements AsyncDisposable {
  readonly #languages: readonly ProxiedLanguage[];
  readonly #counts = new Map<ProxiedLanguage, { started: number; completed: number; isAlive: boolean }>();
  readonly #ending = new AbortController();
  readonly #started = new AsyncDisposableStack();

  /** @throws UsageError where the servers are not the demonstration's own */
  static async start(stack: Stack, languages: readonly ProxiedLanguage[]): Promise<ProxiedWorkers> {
    const workers = new ProxiedWorkers(languages);
    if (languages.length > 0) await workers.#start(stack);
    return workers;
  }

  private constructor(languages: readonly ProxiedLanguage[]) {
    this.#languages = languages;
  }

  get counts(): readonly ProxiedCounts[] {
    return [...this.#counts].map(([language, counts]) => ({ language, ...counts }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await this.#started.disposeAsync();
  }

  async #start({ temporal, fakes, env }: Stack): Promise<void> {
    if (temporal === undefined || fakes === undefined)
      throw new UsageError("--workers is for the demonstration's own servers");
    const started = this.#started;
    const { path: folder } = started.use(await temporaryFolder());
    const set = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const agent = started.use(
      new AgentProcess({
        env: Object.fromEntries(set),
        out: join(folder, 'token'),
        args: ['--proxy', '127.0.0.1:0', '--any-local-user'],
      }),
    );
    const address = await agent.proxyAddress();
    // Never closed: what it repeats would throw, and the process ends soon.
    const connection = Connection.lazy({ address: temporal.address });
    const client = new Client({ connection });
    for (const language of this.#languages) {
      const counts = { started: 0, completed: 0, isAlive: true };
      this.#counts.set(language, counts);
      const journal = join(folder, language);
      const worker = started.use(
        await SteadyWorker.start({ language, address, taskQueue: language, journal, codePath: '' }),
      );
      void worker.ended.then(() => (counts.isAlive = false));
      void this.#work(client, language, counts);
    }
  }

  /** Past the frontends: what is broken there is the worker's to survive. */
  async #work(
    client: Client,
    taskQueue: string,
    counts: { started: number; completed: number },
  ): Promise<void> {
    const { signal } = this.#ending;
    for (let number = 0; !signal.aborted; number++) {
      const workflowId = `${taskQueue}-${number}`;
      await client.workflow.start('steady', { taskQueue, workflowId, args: [workflowId, 0.5, 0] }).then(
        (handle) => {
          counts.started++;
          void handle.result().then(
            () => counts.completed++,
            () => undefined,
          );
        },
        // The dev server may be stopped by a button.
        () => undefined,
      );
      await sleep(1_000, undefined, { signal }).catch(() => undefined);
    }
  }
}
