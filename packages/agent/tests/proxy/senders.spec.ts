import { expect, it } from 'vitest';
import type { ProxyCore } from '../../src/proxy/core.ts';
import { Senders } from '../../src/proxy/senders.ts';

it('keeps nothing for a namespace that a caller alone has named', async () => {
  const forgotten: string[] = [];
  const tokens = {
    sent: () => undefined,
    forget: (namespace: string) => forgotten.push(namespace),
  };
  const senders = new Senders({ tokens } as unknown as ProxyCore, new AbortController().signal);
  await Promise.all(['one', 'one', 'two'].map((name) => senders.use(name, false, () => Promise.resolve())));
  await expect(senders.use('three', false, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  await senders.use('known', true, () => Promise.resolve());
  await senders.use('known', false, () => Promise.resolve());
  expect(senders.size).toBe(1);
  expect(forgotten.toSorted()).toEqual(['one', 'three', 'two']);
});
