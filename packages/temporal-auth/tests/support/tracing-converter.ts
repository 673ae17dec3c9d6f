import { defaultPayloadConverter, type Payload, type PayloadConverter } from '@temporalio/common';

/** Says in each list with the name `trace` that it was converted, as Temporal's own tests do. */
export const payloadConverter: PayloadConverter = {
  toPayload(value: unknown): Payload {
    const { trace } = (value ?? {}) as { readonly trace?: unknown };
    if (Array.isArray(trace)) trace.push('converted');
    return defaultPayloadConverter.toPayload(value);
  },
  fromPayload: (payload) => defaultPayloadConverter.fromPayload(payload),
};
