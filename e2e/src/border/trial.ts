/** Runs an attack beside honest calls, and judges what must hold. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ticksOf, ticksPerSecond } from '../agent/process-cost.ts';
import { field, message } from './frames.ts';
import type { Scene } from './scene.ts';
import { showsSecret } from './secrets.ts';

/** An attack, and what must hold beside that which always must. */
export interface BorderCase {
  readonly name: string;
  /** Returns what it found wrong. */
  readonly attack: (scene: Scene) => Promise<readonly string[]>;
  /** Whether the gate runs it too. */
  readonly isQuick: boolean;
  /** What the agent may hold more than before, in MB. Default {@link heldMb}. */
  readonly heldMb?: number;
  /** CPU that it may use in all, in ms. Default: as much as there is. */
  readonly cpuMs?: number;
}

/** What was measured. */
export interface Figures {
  readonly name: string;
  readonly seconds: number;
  /** Of all honest calls. */
  readonly calls: number;
  readonly failed: number;
  readonly slowestMs: number;
  readonly beforeMb: number;
  readonly mostMb: number;
  readonly afterMb: number;
  readonly cpuMs: number;
  readonly wrong: readonly string[];
}

/** Bound of an honest answer, in ms. */
export const answerMs = 2_000;

const heldMb = 250;

/** Memory is back when it is by so much above what it was before, in MB: freed memory is kept for a while. */
const backMb = 60;

/** It has so long for that, in ms. */
const backWithinMs = 30_000;

/** The calls of an honest worker, one after the other. */
async function* honestCalls(scene: Scene) {
  for (;;) {
    yield await scene.ask('DescribeNamespace');
    yield await scene.ask('grpc.health.v1.Health/Check');
    const body = message(Buffer.concat([field(1, 'default'), field(2, field(1, 'honest'))]));
    const poll = await scene.ask('PollActivityTaskQueue', { body });
    yield poll;
    const result = message(field(1, /task-\d+/.exec(poll.text)?.[0] ?? ''));
    yield await scene.ask('RespondActivityTaskCompleted', { body: result });
  }
}

/** Makes them until the work is done, at least once each. */
async function honestWhile(scene: Scene, work: Promise<unknown>) {
  const found = { calls: 0, failed: 0, slowestMs: 0, why: new Set<string>() };
  const over = new AbortController();
  const end = (): void => {
    over.abort();
  };
  void work.then(end, end);
  for await (const { status, message: text, ms } of honestCalls(scene)) {
    found.calls++;
    found.slowestMs = Math.max(found.slowestMs, Math.round(ms));
    if (status !== 0) {
      found.failed++;
      found.why.add(`${status} ${text}`);
    }
    if ((over.signal.aborted && found.calls % 4 === 0) || !scene.isAlive) return found;
    await sleep(20);
  }
  return found;
}

/** What is wrong where a condition does not hold. */
export function unless(holds: boolean, wrong: string): readonly string[] {
  return holds ? [] : [wrong];
}

/** Runs it once. */
export async function tryCase(scene: Scene, { name, attack, ...bounds }: BorderCase): Promise<Figures> {
  const pid = scene.agent.child.pid ?? 0;
  const cpu = async (): Promise<number> => ((await ticksOf(pid).catch(() => NaN)) * 1_000) / ticksPerSecond;
  const beforeMb = await scene.residentMb();
  const beforeCpuMs = await cpu();
  const firstLine = scene.agent.lines.length;
  const startMs = performance.now();
  let mostMb = beforeMb;
  const sampled = setInterval(() => {
    void scene.residentMb().then((now) => (mostMb = Math.max(mostMb, now || 0)));
  }, 50);
  const attacked = attack(scene);
  const honest = await honestWhile(scene, attacked);
  const wrong = [...(await attacked)];
  const seconds = (performance.now() - startMs) / 1_000;
  const cpuMs = (await cpu()) - beforeCpuMs;
  let afterMb = await scene.residentMb();
  const endMs = performance.now() + backWithinMs;
  for (; afterMb > beforeMb + backMb && performance.now() < endMs; afterMb = await scene.residentMb())
    await sleep(200);
  clearInterval(sampled);
  if (!scene.isAlive) wrong.push(`the agent ended: ${scene.agent.lines.slice(-5).join(' | ')}`);
  if (honest.failed > 0)
    wrong.push(
      `${honest.failed} of ${honest.calls} honest calls failed: ${[...honest.why].slice(0, 3).join(', ')}`,
    );
  if (honest.slowestMs > answerMs) wrong.push(`an honest answer took ${honest.slowestMs} ms`);
  const { heldMb: most = heldMb, cpuMs: mostCpuMs = Infinity } = bounds;
  if (mostMb - beforeMb > most) wrong.push(`held ${Math.round(mostMb - beforeMb)} MB`);
  if (afterMb > beforeMb + backMb) wrong.push(`kept ${Math.round(afterMb - beforeMb)} MB`);
  if (cpuMs > mostCpuMs) wrong.push(`used ${cpuMs} ms of CPU`);
  const lines = scene.agent.lines.slice(firstLine);
  wrong.push(...lines.filter((line) => line.includes('The proxy failed')));
  const { secrets } = scene;
  if (lines.some((line) => showsSecret(line, secrets))) wrong.push('its log shows a secret');
  if (scene.heard.some((text) => showsSecret(text, secrets))) wrong.push('an answer shows a secret');
  scene.heard.length = 0;
  const { calls, failed, slowestMs } = honest;
  return { name, seconds, calls, failed, slowestMs, beforeMb, mostMb, afterMb, cpuMs, wrong };
}

/** The figures as a table. */
export function tableOf(figures: readonly Figures[]): string {
  const rows = figures.map(
    ({ name, seconds, calls, failed, slowestMs, beforeMb, mostMb, afterMb, cpuMs, wrong }) =>
      [
        name,
        seconds.toFixed(1),
        `${calls - failed}/${calls}`,
        slowestMs,
        ...[beforeMb, mostMb, afterMb].map(Math.round),
        Math.round(cpuMs),
        wrong.join('; ') || 'holds',
      ].join(' | '),
  );
  const head = 'attack | s | honest | slowest ms | MB before | most | after | CPU ms | result';
  return [head, head.replaceAll(/[^|]+/g, ' --- ').trim(), ...rows].map((row) => `| ${row} |`).join('\n');
}
