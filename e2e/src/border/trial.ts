/** Runs an attack beside honest calls, and judges what must hold. */
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { ticksOf, ticksPerSecond } from '../agent/process-cost.ts';
import { field, message } from './frames.ts';
import { pollOf, type Scene, taskTokenOf } from './scene.ts';
import { showsSecret } from './secrets.ts';

/** An attack, and what must hold beside that which always must. */
export interface BorderCase {
  readonly name: string;
  /** Returns what it found wrong. */
  readonly attack: (scene: Scene) => Promise<readonly string[]>;
  /** Whether each change is tried with it, in the gate or in the ring of the servers. */
  readonly isQuick: boolean;
  /** Opens what it is tried in. Default: what other cases are tried in too. */
  readonly open?: () => Promise<Scene>;
  /** Whether no honest call is answered meanwhile: those are made when it has ended. Default false. */
  readonly isAlone?: boolean;
  /** Whether it ends connections to Temporal: honest calls may then be told so at once. Default false. */
  readonly isCutting?: boolean;
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
  /** But for the time in which the agent and the test waited for a CPU that a busy machine gave to others. */
  readonly slowestMs: number;
  readonly beforeMb: number;
  readonly mostMb: number;
  readonly afterMb: number;
  readonly cpuMs: number;
  readonly wrong: readonly string[];
}

/** Bound of an honest answer, in ms. */
export const answerMs = 2_000;

/** The same where a connection to Temporal says nothing, which is found out first. */
const silentMs = 8_000;

const heldMb = 250;

/** Memory is back when it is by so much above what it was before, in MB: freed memory is kept for a while. */
const backMb = 100;

/** It has so long for that, in ms. */
const backWithinMs = 30_000;

const sampleMs = 50;

const honestMethods = [
  'DescribeNamespace',
  'grpc.health.v1.Health/Check',
  'PollActivityTaskQueue',
  'RespondActivityTaskCompleted',
] as const;

/** So large that a few of them have garbage collected, as an agent at rest does not. */
const largeCall = message(Buffer.alloc(4_194_304));

/** Of gRPC. */
const unavailable = 14;

/** How long the agent and the test were ready to run while others ran, in ms. */
async function waitedForCpu({ agent }: Scene): Promise<number> {
  const waits = [String(agent.child.pid), 'self'].map(async (pid) => {
    const text = await readFile(`/proc/${pid}/schedstat`, 'utf8').catch(() => '');
    return Number(text.split(' ')[1] ?? 0) / 1e6;
  });
  const [ofAgent = 0, ofTest = 0] = await Promise.all(waits);
  return ofAgent + ofTest;
}

/** The calls of an honest worker, again and again. */
async function* honestCalls(scene: Scene) {
  for (;;) {
    let result = message();
    for (const method of honestMethods) {
      const isPoll = method.startsWith('Poll');
      const body = isPoll ? pollOf('honest') : result;
      const beforeMs = await waitedForCpu(scene);
      const reply = await scene.ask(method, { body });
      const ms = reply.ms - (await waitedForCpu(scene)) + beforeMs;
      if (isPoll) result = message(field(1, taskTokenOf(reply)));
      yield { ...reply, method, ms };
    }
  }
}

/** Makes them until the work is done, at least once each. */
async function honestWhile(scene: Scene, work: Promise<unknown>, isCutting: boolean) {
  const found = { calls: 0, failed: 0, slowestMs: 0, why: new Set<string>() };
  const over = new AbortController();
  const end = (): void => {
    over.abort();
  };
  void work.then(end, end);
  let isOver = false;
  for await (const { status, message: text, ms, method } of honestCalls(scene)) {
    found.calls++;
    found.slowestMs = Math.max(found.slowestMs, Math.round(ms));
    if (status !== 0 && !(isCutting && !isOver && status === unavailable)) {
      found.failed++;
      found.why.add(`${method} got ${status} ${text}`);
    }
    if ((isOver && found.calls % honestMethods.length === 0) || !scene.isAlive) return found;
    isOver = over.signal.aborted;
    await sleep(20);
  }
  return found;
}

/** What is wrong where a condition does not hold. */
export function unless(holds: boolean, wrong: string): readonly string[] {
  return holds ? [] : [wrong];
}

/** Resolves when the agent's memory is back, or has had its time for that. */
async function memoryBack(scene: Scene, beforeMb: number): Promise<void> {
  const endMs = performance.now() + backWithinMs;
  while (scene.isAlive && (await scene.residentMb()) > beforeMb + backMb && performance.now() < endMs) {
    await scene.ask('DescribeNamespace', { body: largeCall });
    await sleep(200);
  }
}

/** Runs it once. Honest calls go on until the memory is back. */
export async function tryCase(scene: Scene, borderCase: BorderCase): Promise<Figures> {
  const { name, attack, isAlone = false, isCutting = false } = borderCase;
  const pid = scene.agent.child.pid ?? 0;
  const cpu = async (): Promise<number> => ((await ticksOf(pid).catch(() => NaN)) * 1_000) / ticksPerSecond;
  const firstLine = scene.agent.lines.length;
  const [beforeMb, beforeCpuMs, startMs] = [await scene.residentMb(), await cpu(), performance.now()];
  let mostMb = beforeMb;
  const sampled = setInterval(() => {
    void scene.residentMb().then((nowMb) => (mostMb = Math.max(mostMb, nowMb || 0)));
  }, sampleMs);
  let [seconds, cpuMs] = [0, 0];
  const attacked = attack(scene).then(async (wrong) => {
    seconds = (performance.now() - startMs) / 1_000;
    cpuMs = (await cpu()) - beforeCpuMs;
    return wrong;
  });
  if (isAlone) await attacked;
  const { why, ...honest } = await honestWhile(
    scene,
    attacked.then(() => memoryBack(scene, beforeMb)),
    isCutting,
  );
  clearInterval(sampled);
  const figures = {
    name,
    seconds,
    ...honest,
    beforeMb,
    mostMb,
    afterMb: await scene.residentMb(),
    cpuMs,
  };
  const broken = [
    ...(await attacked),
    ...brokenBounds(figures, borderCase),
    ...shownSecrets(scene, firstLine),
  ];
  if (!scene.isAlive) broken.push(`the agent ended: ${scene.agent.lines.slice(firstLine).join(' | ')}`);
  if (why.size > 0) broken.push(...[...why].slice(0, 3));
  return { ...figures, wrong: broken };
}

function brokenBounds(
  { failed, slowestMs, beforeMb, mostMb, afterMb, cpuMs }: Omit<Figures, 'wrong'>,
  { heldMb: mostHeldMb = heldMb, cpuMs: mostCpuMs = Infinity, isCutting = false }: BorderCase,
): readonly string[] {
  const [held, kept] = [mostMb - beforeMb, afterMb - beforeMb].map(Math.round) as [number, number];
  return [
    ...unless(failed === 0, `${failed} honest calls failed`),
    ...unless(slowestMs <= (isCutting ? silentMs : answerMs), `an honest answer took ${slowestMs} ms`),
    ...unless(held <= mostHeldMb, `held ${held} MB`),
    ...unless(kept <= backMb, `kept ${kept} MB`),
    ...unless(cpuMs <= mostCpuMs, `used ${Math.round(cpuMs)} ms of CPU`),
  ];
}

/** In what it logged meanwhile, and in what callers heard. */
function shownSecrets({ agent, heard, secrets }: Scene, firstLine: number): readonly string[] {
  const lines = agent.lines.slice(firstLine);
  const answers = heard.splice(0);
  return [
    ...lines.filter((line) => line.includes('The proxy failed')),
    ...unless(!lines.some((line) => showsSecret(line, secrets)), 'its log shows a secret'),
    ...unless(!answers.some((text) => showsSecret(text, secrets)), 'an answer shows a secret'),
  ];
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
