import type { Client } from '@temporalio/client';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ClientLife } from '../../src/connection/client-life.ts';
import { rejection } from '../support/scene.ts';

const close = vi.fn(() => Promise.resolve());
const client = { connection: { close } } as unknown as Client;
const onOpen = vi.fn();
let attempts: (PromiseWithResolvers<Client> & { readonly signal: AbortSignal })[];
let life: ClientLife;

beforeEach(() => {
  attempts = [];
  close.mockClear();
  onOpen.mockReset();
  life = new ClientLife((signal) => {
    const attempt = Promise.withResolvers<Client>();
    attempts.push({ ...attempt, signal });
    return attempt.promise;
  }, onOpen);
});

describe('the opening of a client', () => {
  it('is one for all who wait for it', async () => {
    onOpen.mockImplementation(() => {
      expect(life.opened()).toBe(client);
    });
    const all = [life.open(), life.open()];
    expect([attempts.length, life.state]).toEqual([1, 'loading']);
    attempts[0]?.resolve(client);
    await Promise.all(all);
    expect(life.state).toBe('loaded');
    await life.open();
    expect([attempts.length, onOpen.mock.calls.length]).toEqual([1, 1]);
  });

  it('is tried anew after a failure, by who waits then', async () => {
    const all = [rejection(life.open()), rejection(life.open())];
    const error = new Error('away');
    attempts[0]?.reject(error);
    expect(await Promise.all(all)).toEqual([error, error]);
    expect(life.state).toBe('new');
    const again = life.open();
    attempts[1]?.resolve(client);
    await again;
    expect(life.opened()).toBe(client);
  });

  it('keeps nothing of what failed before', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const fail = async (count: number): Promise<WeakRef<Error>> => {
      const error = new Error('away');
      const failed = rejection(life.open());
      attempts[count]?.reject(error);
      await failed;
      return new WeakRef(error);
    };
    const errors = [await fail(0), await fail(1)];
    await fail(2);
    attempts = [];
    await new Promise(setImmediate);
    collectGarbage();
    expect(errors.map((error) => error.deref())).toEqual([undefined, undefined]);
  });

  it('goes on while one waits for it, and is given up when the last leaves', async () => {
    const [first, last] = [new AbortController(), new AbortController()];
    const left = [rejection(life.open(first.signal)), rejection(life.open(last.signal))];
    first.abort(new Error('first'));
    expect(await left[0]).toBe(first.signal.reason);
    expect(attempts[0]?.signal.aborted).toBe(false);
    last.abort(new Error('last'));
    expect(await left[1]).toBe(last.signal.reason);
    expect(attempts[0]?.signal.aborted).toBe(true);
  });

  it('is not begun for who has left already', async () => {
    const reason = new Error('left');
    expect(await rejection(life.open(AbortSignal.abort(reason)))).toBe(reason);
    expect(attempts).toEqual([]);
  });
});

it('a client is there from its opening to its end', async () => {
  expect(() => life.opened()).toThrow('await load() first');
  const opening = life.open();
  attempts[0]?.resolve(client);
  await opening;
  const closed = life.close(() => Promise.resolve());
  expect(life.state).toBe('closing');
  expect(() => life.opened()).toThrow('The client was closed');
  expect(await rejection(life.open())).toMatchObject({ code: 'TEMPORAL_AUTH_CLOSED' });
  await closed;
});

it('close() that fails leaves the client as it is', async () => {
  const opening = life.open();
  attempts[0]?.resolve(client);
  await opening;
  const error = new Error('workers run');
  expect(await rejection(life.close(() => Promise.reject(error)))).toBe(error);
  expect([life.state, life.opened(), close.mock.calls.length]).toEqual(['loaded', client, 0]);
});

it('close() gives an opening up, and waits until nothing is left of it', async () => {
  const failed = rejection(life.open());
  const end = vi.fn(() => Promise.resolve());
  const closed = life.close(end);
  await Promise.resolve();
  const reason: unknown = attempts[0]?.signal.reason;
  expect(reason).toMatchObject({ code: 'TEMPORAL_AUTH_CLOSED' });
  expect(end).not.toHaveBeenCalled();
  attempts[0]?.reject(reason);
  await closed;
  expect(await failed).toBe(reason);
  expect([end.mock.calls.length, close.mock.calls.length, life.state]).toEqual([1, 0, 'closed']);
});
