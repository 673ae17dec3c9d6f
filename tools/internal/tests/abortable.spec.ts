import { describe, expect, it } from 'vitest';
import { abortable, handled } from '../src/abortable.ts';
import { countedSignal, printedBy, unhandledDuring } from './support.ts';

const left = new Error('left');

describe('abortable', () => {
  it('gives what the promise gives, and leaves no listener', async () => {
    const { signal, listeners } = countedSignal();
    const waiting = abortable(Promise.resolve(7), signal);
    expect(listeners()).toBe(1);
    expect(await waiting).toBe(7);
    await expect.poll(listeners).toBe(0);
  });

  it('throws what the promise throws, and leaves no listener', async () => {
    const { signal, listeners } = countedSignal();
    await expect(abortable(Promise.reject(left), signal)).rejects.toBe(left);
    await expect.poll(listeners).toBe(0);
  });

  it('takes a value that is no promise, with a signal and without', async () => {
    expect(await abortable(7, countedSignal().signal)).toBe(7);
    expect(await abortable(7, undefined)).toBe(7);
  });

  it("throws the signal's reason when that aborts first, and leaves no listener once the promise is settled", async () => {
    const { signal, abort, listeners } = countedSignal();
    const work = Promise.withResolvers<number>();
    const waiting = abortable(work.promise, signal);
    abort(left);
    await expect(waiting).rejects.toBe(left);
    work.resolve(7);
    await expect.poll(listeners).toBe(0);
  });

  it('leaves no listener when the signal aborts and the promise never settles', async () => {
    const { signal, abort, listeners } = countedSignal();
    const waiting = abortable(new Promise(() => undefined), signal);
    abort(left);
    await expect(waiting).rejects.toBe(left);
    expect(listeners()).toBe(0);
  });

  it("throws the signal's reason when that had aborted before", async () => {
    await expect(abortable(new Promise(() => undefined), AbortSignal.abort(left))).rejects.toBe(left);
  });

  it('lets the promise go on for others', async () => {
    const { signal, abort } = countedSignal();
    const work = Promise.withResolvers<number>();
    const waiting = abortable(work.promise, signal);
    abort(left);
    await expect(waiting).rejects.toBe(left);
    work.resolve(7);
    expect(await work.promise).toBe(7);
  });

  it.each(['before', 'after'])(
    'troubles nobody when the promise rejects %s the signal aborts',
    async (when) => {
      const steps = ["controller.abort(new Error('left'))", "work.reject(new Error('late'))"];
      if (when === 'before') steps.reverse();
      const printed = await printedBy(`
      const controller = new AbortController();
      const work = Promise.withResolvers();
      const waiting = abortable(work.promise, controller.signal).catch((error) => error.message);
      ${steps.join(';\nawait new Promise(setImmediate);\n')};
      const message = await waiting;
      setImmediate(() => console.log(message));`);
      expect(printed).toBe(when === 'before' ? 'late' : 'left');
    },
  );
});

describe('handled', () => {
  it('gives the same promise, whose rejection ends no process', async () => {
    const promise = Promise.reject(left);
    expect(handled(promise)).toBe(promise);
    expect(
      await printedBy(`handled(Promise.reject(new Error('x'))); setImmediate(() => console.log('on'));`),
    ).toBe('on');
  });

  it('leaves no rejection unhandled', async () => {
    expect(await unhandledDuring(() => void handled(Promise.reject(left)))).toEqual([]);
  });
});

it.each([null, 5, {}, 'signal'])('rejects for the signal %j, and leaves no rejection', async (signal) => {
  const waiting: Promise<unknown>[] = [];
  const unhandled = await unhandledDuring(() => {
    waiting.push(handled(abortable(Promise.reject(left), signal as never)));
  });
  expect(unhandled).toEqual([]);
  await expect(waiting[0]).rejects.toThrow('signal must have the method throwIfAborted');
});
