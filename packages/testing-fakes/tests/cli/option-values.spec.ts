import { describe, expect, it } from 'vitest';
import { halves, oneOf, port, text, texts, wholeNumber } from '../../src/cli/option-values.ts';

describe('the value of an option', () => {
  it('is a text, or nothing', () => {
    expect(text({ name: 'x' }, 'name')).toBe('x');
    expect(text({}, 'name')).toBeUndefined();
  });

  it('is a list where it may be repeated', () => {
    expect(texts({ client: ['a', 'b'] }, 'client')).toEqual(['a', 'b']);
    expect(texts({}, 'client')).toEqual([]);
  });
});

describe('a port', () => {
  it.each(['0', '1', '65535'])('may be %s', (given) => {
    expect(port({ port: given }, 9_000)).toBe(Number(given));
  });

  it.each(['-1', '65536', '80.5', '1e3', 'http', ''])('is never "%s"', (given) => {
    expect(() => port({ port: given }, 9_000)).toThrow(
      `--port must be a whole number from 0 to 65535, not "${given}"`,
    );
  });

  it('has a default', () => {
    expect(port({}, 9_000)).toBe(9_000);
  });
});

it('a number has the range of its option', () => {
  const range = { from: 1, to: 60, otherwise: 30 };
  expect(wholeNumber({ lifetime: '60' }, 'lifetime', range)).toBe(60);
  expect(wholeNumber({}, 'lifetime', range)).toBe(30);
  expect(() => wholeNumber({ lifetime: '61' }, 'lifetime', range)).toThrow('from 1 to 60, not "61"');
});

it('a word is one of those that there are; the first is the default', () => {
  expect(oneOf({ speaks: 'envoy' }, 'speaks', ['temporal', 'envoy'])).toBe('envoy');
  expect(oneOf({}, 'speaks', ['temporal', 'envoy'])).toBe('temporal');
  expect(() => oneOf({ speaks: 'nginx' }, 'speaks', ['temporal', 'envoy'])).toThrow(
    '--speaks must be temporal or envoy, not "nginx"',
  );
});

describe('a pair', () => {
  const about = { option: 'client', form: 'id:secret' };

  it('ends its first half at the first separator', () => {
    expect(halves('demo:a:b', ':', about)).toEqual(['demo', 'a:b']);
  });

  it.each(['demo', ':hunter2', 'hunter2:', ''])('"%s" is rejected without being repeated', (given) => {
    let message = '';
    try {
      halves(given, ':', about);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toBe('--client must be id:secret');
  });
});
