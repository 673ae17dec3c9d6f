import { describe, expect, it } from 'vitest';
import { machines } from '../src/machines.ts';
import { orderedStates, transitionsOf } from '../src/transitions.ts';

const [machine] = machines;
if (machine === undefined) throw new Error('There are machines');
const told = (before: string, after: string, caller: string) => ({
  ...{ machine: machine.name, statement: 0 },
  ...{ before, after, caller },
});

describe('transitionsOf', () => {
  it('gives each way once, with all that take it, and none where nothing changed', () => {
    const changes = [
      told('begin', 'off', ''),
      told('off', 'on', 'toggle'),
      told('off', 'on', 'light'),
      told('on', 'on', 'light'),
      { ...told('on', 'off', 'toggle'), machine: 'another' },
    ];
    expect(transitionsOf(machine, changes)).toEqual([
      { from: 'begin', to: 'off', callers: [] },
      { from: 'off', to: 'on', callers: ['light', 'toggle'] },
    ]);
  });
});

describe('orderedStates', () => {
  const transitions = [
    { from: 'begin', to: 'off', callers: [] },
    { from: 'off', to: 'on', callers: ['toggle'] },
  ];

  it('gives the states in the order in which they are come to', () => {
    expect(orderedStates(['on', 'off'], transitions)).toEqual(['off', 'on']);
  });

  it.each([
    ['declared and never come to', ['on', 'off', 'broken'], 'broken'],
    ['come to and not declared', ['off'], 'on'],
  ])('refuses a state that is %s', (_which, declared, named) => {
    expect(() => orderedStates(declared, transitions)).toThrow(named);
  });
});
