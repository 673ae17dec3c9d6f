import { describe, expect, it } from 'vitest';
import { readBounded } from '../src/bounded-body.ts';

describe('readBounded', () => {
  it('gives a body of exactly the limit whole', async () => {
    expect(await readBounded(new Response('abcd'), 4)).toEqual({ text: 'abcd', isCut: false });
  });

  it('cuts a body of one byte more, and says so', async () => {
    expect(await readBounded(new Response('abcde'), 4)).toEqual({ text: 'abcd', isCut: true });
  });

  it('cuts a body whose next byte comes after the limit was just reached, and says so', async () => {
    const inTwo = new ReadableStream<Uint8Array>({
      start: (controller) => {
        controller.enqueue(Buffer.from('abcd'));
        controller.enqueue(Buffer.from('e'));
        controller.close();
      },
    });
    expect(await readBounded(new Response(inTwo), 4)).toEqual({ text: 'abcd', isCut: true });
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

  it('does not wait until the stream is cancelled, which a twin may hold up', async () => {
    const response = new Response('abcde');
    const twin = response.clone();
    expect(await readBounded(response, 4)).toEqual({ text: 'abcd', isCut: true });
    expect(await twin.text()).toBe('abcde');
  });

  it('is not disturbed by a stream that cannot be cancelled', async () => {
    const stubborn = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        controller.enqueue(new Uint8Array(10));
      },
      cancel: () => Promise.reject(new Error('stubborn')),
    });
    expect((await readBounded(new Response(stubborn), 4)).isCut).toBe(true);
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
