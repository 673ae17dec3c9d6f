import {
  BinaryPayloadConverter,
  CompositePayloadConverter,
  JsonPayloadConverter,
  type Payload,
  type PayloadConverterWithEncoding,
  UndefinedPayloadConverter,
} from '@temporalio/common';
import { decode, encode } from '@temporalio/common/lib/encoding.js';

/** Money is counted in whole numbers of any size, which JSON has none of. */
class BigIntPayloadConverter implements PayloadConverterWithEncoding {
  readonly encodingType = 'text/bigint';

  toPayload(value: unknown): Payload | undefined {
    if (typeof value !== 'bigint') return undefined;
    return { metadata: { encoding: encode(this.encodingType) }, data: encode(value.toString()) };
  }

  fromPayload<T>({ data }: Payload): T {
    return BigInt(decode(data ?? new Uint8Array())) as T;
  }
}

export const payloadConverter = new CompositePayloadConverter(
  new UndefinedPayloadConverter(),
  new BinaryPayloadConverter(),
  new BigIntPayloadConverter(),
  new JsonPayloadConverter(),
);
