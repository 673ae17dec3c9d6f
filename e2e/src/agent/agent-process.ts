import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { eventually } from '../fixtures/eventually.ts';

/** The folder of the agent. */
export const packageFolder = fileURLToPath(new URL('../../../packages/agent', import.meta.url));

/** How an agent is started. */
export interface AgentProcessOptions {
  /** What an application has in its environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Where its token goes. */
  readonly out: string;
  /** What stands behind `agent --out FILE`. Default nothing. */
  readonly args?: readonly string[];
  /** Whether it is the program as it is built, which is smaller in memory than the sources. Default false. */
  readonly isBuilt?: boolean;
  /** Where it runs. Default the folder of the test. */
  readonly cwd?: string;
}

/** `worker-auth-agent` in a process of its own, which is killed at the end. */
export class AgentProcess implements AsyncDisposable {
  readonly out: string;
  readonly child: ChildProcess;
  /** What it has written to standard error. */
  readonly lines: string[] = [];
  /** Its exit code, else its signal. */
  readonly ended: Promise<unknown>;

  constructor({ env, out, args = [], isBuilt = false, cwd }: AgentProcessOptions) {
    const program = isBuilt ? ['dist/worker-auth-agent.js'] : ['src/worker-auth-agent.ts'];
    const node = [
      ...(isBuilt ? [] : ['--conditions=@worker-auth/source']),
      ...program.map((file) => join(packageFolder, file)),
    ];
    const options: SpawnOptions = {
      env: { PATH: process.env['PATH'], ATLAN_APPLICATION_NAME: 'postgres-extraction', ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
      ...(cwd !== undefined && { cwd }),
    };
    this.out = out;
    this.child = spawn(process.execPath, [...node, '--out', out, ...args], options);
    if (this.child.stderr !== null)
      createInterface({ input: this.child.stderr }).on('line', (line) => this.lines.push(line));
    this.ended = once(this.child, 'exit').then(([code, signal]: unknown[]) => code ?? signal);
  }

  /** What the file has; `undefined` while there is none. */
  token(): Promise<string | undefined> {
    return readFile(this.out, 'utf8').catch(() => undefined);
  }

  /** Where workers find Temporal, as soon as it listens for them. */
  proxyAddress(): Promise<string> {
    return this.said(/Workers find Temporal at (\S+)/);
  }

  /** Waits until it has written this. @returns the first group @throws Error with all that it has written, when it ends before */
  async said(pattern: RegExp): Promise<string> {
    const found = (): string | undefined => pattern.exec(this.lines.join('\n'))?.[1];
    await eventually(`the agent writes ${pattern}`, () => {
      if (this.child.exitCode !== null) throw new Error(this.lines.join('\n'));
      return found() !== undefined;
    });
    return found() ?? '';
  }

  /** Ends it with a signal, and waits for that. */
  async end(signal: NodeJS.Signals): Promise<unknown> {
    this.child.kill(signal);
    return await this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) await this.end('SIGKILL');
  }
}
