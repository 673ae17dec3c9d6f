import { describe, expect, it } from 'vitest';
import { brandErrors } from '../src/error-classes.ts';

class BaseError extends Error {}
class NarrowError extends BaseError {}
class OwnError extends BaseError {}
brandErrors('test', { BaseError, NarrowError });

/** The same classes, as another copy of the package has them. */
class OtherBase extends Error {}
class OtherNarrow extends OtherBase {}
brandErrors('test', { BaseError: OtherBase, NarrowError: OtherNarrow });

describe('instanceof', () => {
  it('is as usual for a class that a user derives', () => {
    expect(new OwnError()).toBeInstanceOf(OwnError);
    expect(new OwnError()).toBeInstanceOf(OtherBase);
    expect(new BaseError()).not.toBeInstanceOf(OwnError);
  });

  const liar = new Proxy({}, { has: () => true });

  it.each([undefined, null, 'BaseError', 1, {}, liar, new Error('other')])(
    'holds for nothing else: %s',
    (value) => {
      expect(value instanceof BaseError).toBe(false);
    },
  );
});
