/** Has the agent hear what is answered in the place of its provider, and sees that it recovers. */
import { setTimeout as sleep } from 'node:timers/promises';
import { currentToken, demand } from './demands.ts';
import type { ProviderAnswers } from './provider-answers.ts';
import { RawProvider } from './raw-provider.ts';
import type { Scene } from './scene.ts';
import { type BorderCase, unless } from './trial.ts';

/** How soon the agent has a token again once the provider is honest, in ms: a wait after failures is no longer. */
const recoveryMs = 15_000;

/** The provider is honest again: the agent has another token soon, and no connection is left but the one that it keeps. */
export async function recovered(scene: Scene): Promise<readonly string[]> {
  const { provider } = scene;
  provider.answer = undefined;
  provider.greet = undefined;
  const [before, startMs] = [await currentToken(scene), performance.now()];
  let isOther = false;
  while (!isOther && scene.isAlive && performance.now() < startMs + recoveryMs) {
    await demand(scene);
    isOther = (await currentToken(scene)) !== before;
  }
  const until = performance.now() + 1_000;
  while (provider.open > 1 && performance.now() < until) await sleep(20);
  return [
    ...unless(isOther, `no token ${recoveryMs} ms after the provider is honest again`),
    ...unless(provider.open <= 1, `${provider.open} connections to the provider are left`),
  ];
}

/** Has each answer given once. The provider is honest in between, each so often: the agent then has no long wait. */
export async function hearEach(
  scene: Scene,
  answers: ProviderAnswers,
  every = 3,
): Promise<readonly string[]> {
  const wrong: string[] = [];
  const { provider, temporal } = scene;
  for (const [index, [name, answer]] of Object.entries(answers).entries()) {
    provider.answer = answer;
    const before = await currentToken(scene);
    await demand(scene);
    if (!scene.isAlive) return [...wrong, `it ended at ${name}`];
    wrong.push(...unless((await currentToken(scene)) === before, `${name} took the token away`));
    if ((index + 1) % every === 0) wrong.push(...(await recovered(scene)));
  }
  const isInjected = temporal.seen.some((each) => each['x-injected'] !== undefined);
  return [...wrong, ...unless(!isInjected, 'a header was smuggled to Temporal'), ...(await recovered(scene))];
}

/** Nothing of the client's goes to another host. */
export async function elsewhere(
  scene: Scene,
  answersFor: (other: RawProvider) => ProviderAnswers,
  every?: number,
): Promise<readonly string[]> {
  await using other = await RawProvider.start(scene.stack.oauth.tokenUrl);
  const wrong = await hearEach(scene, answersFor(other), every);
  return [...wrong, ...unless(other.asked === 0, `${other.asked} requests went elsewhere`)];
}

/** The same as an attack. */
export const each =
  (answers: ProviderAnswers, every?: number): BorderCase['attack'] =>
  (scene) =>
    hearEach(scene, answers, every);
