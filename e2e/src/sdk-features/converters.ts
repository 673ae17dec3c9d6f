import {
  type DataConverter,
  ExternalStorage,
  type Payload,
  type PayloadCodec,
  StorageDriverClaim,
} from '@temporalio/common';

const encoding = new TextEncoder().encode('binary/reversed');

/** Reverses all bytes, so that who has no codec can read nothing. */
const reversing: PayloadCodec = {
  encode: (payloads) =>
    Promise.resolve(
      payloads.map(({ data, metadata }) => ({
        metadata: { encoding, of: metadata?.['encoding'] ?? new Uint8Array() },
        data: Uint8Array.from(data ?? []).reverse(),
      })),
    ),
  decode: (payloads) =>
    Promise.resolve(
      payloads.map((payload) => {
        const { data, metadata } = payload;
        if (metadata?.['of'] === undefined) return payload;
        return { metadata: { encoding: metadata['of'] }, data: Uint8Array.from(data ?? []).reverse() };
      }),
    ),
};

const stored: Payload[] = [];

/** A store in the memory of the process. */
const storage = new ExternalStorage({
  drivers: [
    {
      ...{ name: 'memory', type: 'test.memory' },
      store: (_context, payloads) =>
        Promise.resolve(
          payloads.map((payload) => new StorageDriverClaim({ place: String(stored.push(payload) - 1) })),
        ),
      retrieve: (_context, claims) =>
        Promise.resolve(claims.map(({ claimData }) => stored[Number(claimData['place'])] ?? {})),
    },
  ],
});

/** With a codec; large values are part of the call. */
export const inlineConverter: DataConverter = { payloadCodecs: [reversing] };

/** With the codec; large values are put into a store. */
export const storingConverter: DataConverter = { ...inlineConverter, externalStorage: storage };
