import { describe, expect, it } from 'vitest';
import { readBounded } from '../src/index.ts';

describe('readBounded', () => {
  it('gives a body of exactly the limit whole', async () => {
    expect(await readBounded(new Response('abcd'), 4)).toEqual({ text: 'abcd', isCut: false });
  });

  it('cuts a body of one byte more, and says so', async () => {
    expect(await readBounded(new Response('abcde'), 4)).toEqual({ text: 'abcd', isCut: true });
  });

  it('cancels the stream behind the limit', async () => {
    const cancelled = Promise.withResolvers<undefined>();
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        controller.enqueue(new Uint8Array(1_000));
      },
      cancel: () => {
        cancelled.resolve(undefined);
      },
    });
    expect((await readBounded(new Response(endless), 2_500)).text).toHaveLength(2_500);
    await cancelled.promise;
  });

  it('takes a byte order mark away', async () => {
    expect(await readBounded(new Response('\uFEFF{}'), 100)).toEqual({ text: '{}', isCut: false });
  });

  it('gives an empty text without a body', async () => {
    expect(await readBounded(new Response(null), 4)).toEqual({ text: '', isCut: false });
  });

  it('throws what the stream throws', async () => {
    const broken = new ReadableStream<Uint8Array>({
      start: (controller) => {
        controller.error(new Error('broke off'));
      },
    });
    await expect(readBounded(new Response(broken), 4)).rejects.toThrow('broke off');
  });
});
