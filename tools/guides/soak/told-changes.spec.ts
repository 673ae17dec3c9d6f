import { describe, expect, it } from 'vitest';
import type { Machine } from '../src/machines.ts';
import { countChanges, withToldChanges } from '../src/told-changes.ts';

const lamp: Machine = {
  name: 'lamp',
  title: 'A lamp',
  package: 'packages/lamp',
  file: 'src/lamp.ts',
  states: "'on' | 'off'",
  state: 'this.state',
  changes: [{ starts: 'this.state =' }],
  isObject: true,
  specs: [],
};

describe('withToldChanges', () => {
  it('has each change told with its function, its object and the states around it', async () => {
    const source = `export class Lamp { state = 'off'; toggle() { if (true) this.state = 'on'; else this.state = 'off'; } }`;
    const told: unknown[][] = [];
    Object.assign(globalThis, { tellChangeOfState: (...change: unknown[]) => told.push(change) });
    const module = `data:text/javascript,${encodeURIComponent(withToldChanges(source, lamp))}`;
    const { Lamp } = (await import(module)) as { Lamp: new () => { toggle(): void } };
    const one = new Lamp();
    one.toggle();
    Reflect.deleteProperty(globalThis, 'tellChangeOfState');
    expect(told).toEqual([['lamp', 0, 'toggle', one, 'off', 'on']]);
    expect(countChanges(source, lamp)).toBe(2);
  });

  it('refuses a change inside of an expression, of which nothing would be told', () => {
    const source = `class Lamp { toggle() { return (this.state = 'on'); } }`;
    expect(() => withToldChanges(source, lamp)).toThrow("this.state = 'on' is no statement");
  });
});
