import { setTimeout as sleep } from 'node:timers/promises';
import { launch, type Launch, type SupervisedProcess } from './process.ts';

const pollMs = 50;
const attempts = 3;
const probeTimeoutMs = 2000;

/** A server that has answered a real request. */
export interface RunningServer extends AsyncDisposable {
  /** What it is, for messages: `OpenBao`. */
  readonly name: string;
  /** `127.0.0.1:PORT` of its main interface. */
  readonly address: string;
  readonly port: number;
  /** Its process; undefined for a server inside this process. */
  readonly pid: number | undefined;
  /** The last lines it wrote, for the message of a test that fails. Default 50 lines, at most 400. */
  logTail(lines?: number): string;
  /**
   * Ends the process and starts the same command again on the same port; resolves when it answers. What it kept in memory is
   * gone; what it kept in its `dataFolder` is there again.
   */
  restart(): Promise<void>;
  /** Ends it with its children, and resolves when they are gone. It may be called again. */
  stop(): Promise<void>;
}

/** Options that every server takes. */
export interface StartOptions {
  /** Where it listens on 127.0.0.1. Default: chosen by the system. */
  readonly port?: number;
}

/** How a server is started. */
export interface ServerPlan {
  readonly name: string;
  /** Its main port. */
  readonly port: number;
  readonly launch: Launch;
  /** A real request; the server is ready when it returns true. What it throws counts as false. */
  readonly probe: (signal: AbortSignal) => Promise<boolean>;
  /** Until ready. Default 30,000. */
  readonly timeoutMs?: number;
  /** Removes what was made for this run, after the process is gone. */
  readonly cleanUp?: () => Promise<void>;
}

/** A server did not start; the message ends with its log. */
export class ServerStartError extends Error {
  override readonly name = 'ServerStartError';
}

/**
 * Starts a server and waits until it answers.
 *
 * @param makePlan asked again, with other ports, when a port was taken between its choice and its use
 * @throws ServerStartError
 */
export async function startServer(makePlan: () => Promise<ServerPlan>): Promise<RunningServer> {
  for (let attempt = 1; ; attempt++) {
    const plan = await makePlan();
    try {
      return await startPlan(plan);
    } catch (error) {
      await plan.cleanUp?.();
      const taken = error instanceof ServerStartError && /address already in use/i.test(error.message);
      if (!taken || attempt === attempts) throw error;
    }
  }
}

async function startPlan(plan: ServerPlan): Promise<RunningServer> {
  let process = await launchReady(plan);
  const stop = async (): Promise<void> => {
    await process.stop();
    await plan.cleanUp?.();
  };
  return {
    name: plan.name,
    address: `127.0.0.1:${plan.port}`,
    port: plan.port,
    get pid() {
      return process.pid;
    },
    logTail: (lines) => process.logTail(lines),
    async restart() {
      await process.stop();
      process = await launchReady(plan);
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function launchReady(plan: ServerPlan): Promise<SupervisedProcess> {
  const process = await launch(plan.launch);
  const deadline = performance.now() + (plan.timeoutMs ?? 30_000);
  while (process.endReason === undefined && performance.now() < deadline) {
    if (await probeOnce(plan)) return process;
    await sleep(pollMs);
  }
  const reason = process.endReason ?? `no answer within ${plan.timeoutMs ?? 30_000} ms`;
  await process.stop();
  throw new ServerStartError(
    `${plan.name} did not start (${reason}). Its log ends with:\n${process.logTail()}`,
  );
}

async function probeOnce(plan: ServerPlan): Promise<boolean> {
  try {
    return await plan.probe(AbortSignal.timeout(probeTimeoutMs));
  } catch {
    return false;
  }
}
