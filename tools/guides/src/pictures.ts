import { declaredStates } from './declared-states.ts';
import { machines } from './machines.ts';
import { recordChanges } from './recording/record-changes.ts';
import { drawStateChart } from './state-chart.ts';
import { drawTokenLives } from './token-chart.ts';
import { tokenLives } from './token-life.ts';
import { orderedStates, transitionsOf } from './transitions.ts';

/** Pictures by the names of their files. */
export type Pictures = Readonly<Record<string, string>>;

/** Those of the state machines; takes as long as their tests. */
export async function drawMachines(): Promise<Pictures> {
  const declared = declaredStates();
  const changes = await recordChanges();
  return Object.fromEntries(
    machines.map((machine) => {
      const transitions = transitionsOf(machine, changes);
      const states = orderedStates(declared.get(machine.name) ?? [], transitions);
      return [`${machine.name}.svg`, drawStateChart(machine.title, states, transitions)];
    }),
  );
}

/** The one of the lives of tokens. */
export async function drawTokens(): Promise<Pictures> {
  return { 'token-life.svg': drawTokenLives(await tokenLives()) };
}
