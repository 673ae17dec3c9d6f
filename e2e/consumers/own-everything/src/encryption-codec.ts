import type { Payload, PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto';
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const wire = proto.temporal.api.common.v1.Payload;
const algorithm = 'aes-256-gcm';
const encoding = Buffer.from('binary/encrypted');
const ivBytes = 12;
const tagBytes = 16;

/** Encrypts whole payloads, so that Temporal sees nothing of them. */
export class EncryptionCodec implements PayloadCodec {
  readonly #key: Buffer;

  constructor(key: Buffer) {
    this.#key = key;
  }

  async encode(payloads: Payload[]): Promise<Payload[]> {
    return payloads.map((payload) => ({ metadata: { encoding }, data: this.#encrypt(payload) }));
  }

  async decode(payloads: Payload[]): Promise<Payload[]> {
    return payloads.map((payload) => (isEncrypted(payload) ? this.#decrypt(payload.data) : payload));
  }

  #encrypt(payload: Payload): Uint8Array {
    const iv = randomBytes(ivBytes);
    const cipher = createCipheriv(algorithm, this.#key, iv);
    const text = cipher.update(wire.encode(payload).finish());
    return Buffer.concat([iv, text, cipher.final(), cipher.getAuthTag()]);
  }

  #decrypt(data: Uint8Array): Payload {
    const decipher = createDecipheriv(algorithm, this.#key, data.subarray(0, ivBytes));
    decipher.setAuthTag(data.subarray(-tagBytes));
    const plain = [decipher.update(data.subarray(ivBytes, -tagBytes)), decipher.final()];
    return wire.decode(Buffer.concat(plain));
  }
}

function isEncrypted(payload: Payload): payload is Payload & { data: Uint8Array } {
  return payload.metadata?.['encoding'] !== undefined && encoding.equals(payload.metadata['encoding']);
}
