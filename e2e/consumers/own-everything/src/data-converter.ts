import type { DataConverter } from '@temporalio/common';
import { fileURLToPath } from 'node:url';
import { EncryptionCodec } from './encryption-codec.js';

/** The data converter of client and worker. */
export const dataConverter: DataConverter = {
  payloadConverterPath: fileURLToPath(new URL('./payload-converter.js', import.meta.url)),
  payloadCodecs: [new EncryptionCodec(Buffer.from(process.env['ORDERS_KEY'] ?? '', 'base64'))],
};
