import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Client } from '@temporalio/client';
import { beforeEach, expect, it, vi } from 'vitest';
import { ClientLife } from '../../src/connection/client-life.ts';
import { rejection } from '../support/scene.ts';

const client = { connection: { close: () => Promise.resolve() } } as unknown as Client;
let attempts: (PromiseWithResolvers<Client> & { readonly signal: AbortSignal })[];
let life: ClientLife;

beforeEach(() => {
  attempts = [];
  life = new ClientLife(
    (signal) => {
      const attempt = Promise.withResolvers<Client>();
      attempts.push({ ...attempt, signal });
      return attempt.promise;
    },
    () => undefined,
  );
});

it('an opening that failed leaves nothing in memory', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const fail = async (): Promise<WeakRef<Error>> => {
    const failed = rejection(life.open());
    attempts.pop()?.reject(new Error('away'));
    return new WeakRef((await failed) as Error);
  };
  const errors = [await fail(), await fail()];
  await setImmediate();
  collect();
  expect(errors.map((error) => error.deref())).toEqual([undefined, undefined]);
});

it.each(['fails', 'succeeds'])('close() waits for an opening given up before one that %s', async (later) => {
  const leaving = new AbortController();
  const left = rejection(life.open(leaving.signal));
  leaving.abort(new Error('left'));
  await left;
  const opening = life.open().catch(() => undefined);
  if (later === 'fails') attempts[1]?.reject(new Error('away'));
  else attempts[1]?.resolve(client);
  await opening;
  const end = vi.fn(() => Promise.resolve());
  const closed = life.close(end);
  await setImmediate();
  expect(end).not.toHaveBeenCalled();
  attempts[0]?.reject(new Error('ended'));
  await closed;
  expect(end).toHaveBeenCalledOnce();
});
