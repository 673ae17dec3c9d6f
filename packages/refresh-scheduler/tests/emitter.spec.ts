import { watchUnhandledRejections } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { Emitter } from '@worker-auth/internal';

interface Events {
  readonly said: string;
  readonly other: number;
}

function setUp(): { emitter: Emitter<Events>; heard: string[] } {
  return { emitter: new Emitter<Events>(), heard: [] };
}

describe('Emitter', () => {
  it('calls the listeners of an event, in order, and no others', () => {
    const { emitter, heard } = setUp();
    emitter.on('said', (text) => heard.push(`1 ${text}`));
    emitter.on('other', () => heard.push('other'));
    emitter.on('said', (text) => heard.push(`2 ${text}`));
    emitter.emit('said', 'a');
    expect(heard).toEqual(['1 a', '2 a']);
  });

  it('calls a listener twice that was added twice, and removes it one by one', () => {
    const { emitter, heard } = setUp();
    const listener = (text: string): void => void heard.push(text);
    const removeFirst = emitter.on('said', listener);
    const removeSecond = emitter.on('said', listener);
    emitter.emit('said', 'a');
    removeFirst();
    removeFirst();
    emitter.emit('said', 'b');
    removeSecond();
    emitter.emit('said', 'c');
    expect(heard).toEqual(['a', 'a', 'b']);
  });

  it('calls no listener that one before it has just removed', () => {
    const { emitter, heard } = setUp();
    emitter.on('said', () => {
      removeSecond();
    });
    const removeSecond = emitter.on('said', (text) => heard.push(text));
    emitter.on('said', (text) => heard.push(`3 ${text}`));
    emitter.emit('said', 'a');
    expect(heard).toEqual(['3 a']);
  });

  it('disturbs nobody with a listener that throws', () => {
    const { emitter, heard } = setUp();
    emitter.on('said', () => {
      throw new Error('a listener');
    });
    emitter.on('said', (text) => heard.push(text));
    emitter.emit('said', 'a');
    expect(heard).toEqual(['a']);
  });

  it('leaves no unhandled rejection of a listener that is async, or gives something thenable', async () => {
    using unhandled = watchUnhandledRejections();
    const { emitter, heard } = setUp();
    const rejects: () => unknown = async () => {
      await Promise.resolve();
      throw new Error('a listener');
    };
    emitter.on('said', rejects);
    const thenable = {
      then: () => {
        throw new Error('a then');
      },
    };
    emitter.on('said', () => thenable);
    emitter.on('said', (text) => heard.push(text));
    emitter.emit('said', 'a');
    expect(heard).toEqual(['a']);
    expect(await unhandled.end()).toEqual([]);
  });

  it('calls neither a listener that an earlier one added, nor twice one that emits', () => {
    const { emitter, heard } = setUp();
    emitter.on('said', (text) => {
      heard.push(text);
      emitter.on('said', () => heard.push('added'));
      if (text === 'a') emitter.emit('other', 1);
    });
    emitter.emit('said', 'a');
    expect(heard).toEqual(['a']);
  });

  it('tells the later listeners nothing once the event is not true any more', () => {
    const { emitter, heard } = setUp();
    let isCurrent = true;
    emitter.on('said', (text) => {
      heard.push(text);
      isCurrent = false;
    });
    emitter.on('said', () => heard.push('later'));
    emitter.emit('said', 'a', () => isCurrent);
    expect(heard).toEqual(['a']);
  });
});
