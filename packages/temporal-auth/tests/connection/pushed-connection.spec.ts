import { describe, expect, it } from 'vitest';
import { type Pushable, PushedConnection } from '../../src/connection/pushed-connection.ts';
import { isSettled } from '../support/scene.ts';

/** A connection whose pushes and closings end when the test says so. */
class HeldConnection implements Pushable {
  readonly begun: string[] = [];
  readonly #ends: PromiseWithResolvers<undefined>[] = [];

  setApiKey(token: string): Promise<void> {
    return this.#begin(token);
  }

  close(): Promise<void> {
    return this.#begin('close');
  }

  /** Ends what has begun last. */
  async end(error?: Error): Promise<void> {
    const last = this.#ends.at(-1);
    if (error === undefined) last?.resolve(undefined);
    else last?.reject(error);
    await settle();
  }

  async #begin(what: string): Promise<void> {
    this.begun.push(what);
    const end = Promise.withResolvers<undefined>();
    this.#ends.push(end);
    await end.promise;
  }
}

class Source {
  readonly listeners = new Set<(token: string) => void>();
  current: string | undefined = 'first';
  getToken = (): Promise<string> => Promise.resolve(this.current ?? '');
  peek = (): string | undefined => this.current;
  subscribe = (listener: (token: string) => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  async renew(token: string): Promise<void> {
    this.current = token;
    for (const listener of this.listeners) listener(token);
    await settle();
  }
}

/** Lets every promise that is settled already have its say. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

interface Scene {
  readonly connection: HeldConnection;
  readonly tokens: Source;
  readonly failures: unknown[];
  readonly pushed: PushedConnection<HeldConnection>;
}

/**
 * @param opened the token that the connection was opened with
 * @param newest the source's; null when it has none
 */
function openScene(opened = 'first', newest: string | null = 'first'): Scene {
  const connection = new HeldConnection();
  const tokens = new Source();
  tokens.current = newest ?? undefined;
  const failures: unknown[] = [];
  const onPushFailed = (error: unknown): void => void failures.push(error);
  const pushed = new PushedConnection({ connection, tokens, opened, onPushFailed });
  return { connection, tokens, failures, pushed };
}

describe('PushedConnection', () => {
  it('pushes tokens one at a time, in the order in which they came', async () => {
    const { connection, tokens } = openScene();
    await tokens.renew('second');
    await tokens.renew('third');
    expect(connection.begun).toEqual(['second']);
    await connection.end();
    expect(connection.begun).toEqual(['second', 'third']);
  });

  it('pushes a token that came while the connection was being opened', async () => {
    const { connection } = openScene('older');
    await settle();
    expect(connection.begun).toEqual(['first']);
  });

  it('pushes nothing when the connection was opened with the newest token', async () => {
    const { connection, pushed } = openScene();
    await pushed.pushed();
    expect(connection.begun).toEqual([]);
  });

  it('pushes nothing when the token has ended while the connection was being opened', async () => {
    const { connection, tokens, pushed } = openScene('first', null);
    await pushed.pushed();
    expect(connection.begun).toEqual([]);
    await tokens.renew('second');
    expect(connection.begun).toEqual(['second']);
  });

  it('tells of a push that fails, and goes on with the next', async () => {
    const { connection, tokens, failures } = openScene();
    await tokens.renew('second');
    const error = new Error('not taken');
    await connection.end(error);
    expect(failures).toEqual([error]);
    await tokens.renew('third');
    expect(connection.begun).toEqual(['second', 'third']);
  });

  it('ends by itself once others have closed the connection, and tells nobody', async () => {
    const { connection, tokens, failures, pushed } = openScene();
    await tokens.renew('second');
    await connection.end(
      Object.assign(new Error('Connection already closed'), { name: 'IllegalStateError' }),
    );
    expect([pushed.isClosed, failures, tokens.listeners.size]).toEqual([true, [], 0]);
  });

  it('tells everybody who wants to know of a push that fails', async () => {
    const { connection, tokens, failures, pushed } = openScene();
    pushed.onPushFailed((error) => failures.push(error));
    await tokens.renew('second');
    const error = new Error('not taken');
    await connection.end(error);
    expect(failures).toEqual([error, error]);
  });

  it('says when all that came has been pushed', async () => {
    const { connection, tokens, pushed } = openScene();
    await tokens.renew('second');
    let isDone = false;
    const done = pushed.pushed().then(() => (isDone = true));
    await settle();
    expect(isDone).toBe(false);
    await connection.end();
    expect(await done).toBe(true);
  });

  it('closes after the push that is under way', async () => {
    const { connection, tokens, pushed } = openScene();
    await tokens.renew('second');
    const closing = pushed.close();
    await settle();
    expect(connection.begun).toEqual(['second']);
    await connection.end();
    expect(connection.begun).toEqual(['second', 'close']);
    await connection.end();
    await closing;
  });

  it('pushes nothing to a connection that is being closed, nor to a closed one', async () => {
    const { connection, tokens, pushed } = openScene();
    const closing = pushed.close();
    await settle();
    await tokens.renew('second');
    await connection.end();
    await closing;
    await tokens.renew('third');
    expect(connection.begun).toEqual(['close']);
    expect(tokens.listeners.size).toBe(0);
  });

  it('goes on with the newest token when it could not be closed', async () => {
    const { connection, tokens, pushed } = openScene();
    const closing = pushed.close();
    await settle();
    await tokens.renew('second');
    const refusal = expect(closing).rejects.toThrow('in use');
    await connection.end(new Error('in use'));
    await refusal;
    expect(connection.begun).toEqual(['close', 'second']);
    await connection.end();
    await tokens.renew('third');
    expect(connection.begun).toEqual(['close', 'second', 'third']);
  });

  it('is closed once, however often that is asked for', async () => {
    const { connection, pushed } = openScene();
    const both = Promise.all([pushed.close(), pushed.close()]);
    await settle();
    await connection.end();
    await both;
    expect(connection.begun).toEqual(['close']);
  });

  it('that is detached ends its subscription, waits for the push under way, begins none, and is not closed', async () => {
    const { connection, tokens, pushed } = openScene();
    await tokens.renew('second');
    await tokens.renew('third');
    const givenUp = pushed.detach();
    expect(tokens.listeners.size).toBe(0);
    expect(await isSettled(givenUp)).toBe(false);
    await connection.end();
    await givenUp;
    expect(connection.begun).toEqual(['second']);
  });
});

describe('a connection that another takes the place of', () => {
  it('is given back open, and every later token is pushed to the other', async () => {
    const { connection, tokens, pushed } = openScene();
    const next = new HeldConnection();
    expect(await pushed.succeed(next, 'first')).toBe(connection);
    expect(pushed.connection).toBe(next);
    await tokens.renew('second');
    expect([connection.begun, next.begun]).toEqual([[], ['second']]);
  });

  it('waits for the push under way, and the other has the newest token before', async () => {
    const { connection, tokens, pushed } = openScene();
    await tokens.renew('second');
    const next = new HeldConnection();
    const succession = pushed.succeed(next, 'first');
    await settle();
    expect([pushed.connection, next.begun]).toEqual([connection, []]);
    await connection.end();
    await settle();
    expect([pushed.connection, next.begun]).toEqual([connection, ['second']]);
    await next.end();
    await succession;
    expect([pushed.connection, pushed.held]).toEqual([next, 'second']);
  });

  it('keeps its place when the other does not take the token, which is closed then', async () => {
    const { connection, tokens, pushed } = openScene();
    const next = new HeldConnection();
    tokens.current = 'second';
    const succession = pushed.succeed(next, 'first');
    const refused = expect(succession).rejects.toThrow('no');
    await settle();
    await next.end(new Error('no'));
    await refused;
    expect([pushed.connection, next.begun]).toEqual([connection, ['second', 'close']]);
  });

  it('has none when it was closed meanwhile', async () => {
    const { connection, pushed } = openScene();
    const closing = pushed.close();
    const next = new HeldConnection();
    const refused = expect(pushed.succeed(next, 'first')).rejects.toMatchObject({ kind: 'stopped' });
    await settle();
    await connection.end();
    await Promise.all([closing, refused]);
    expect(next.begun).toEqual(['close']);
  });
});
