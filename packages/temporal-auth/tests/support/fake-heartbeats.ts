import { defaultPayloadConverter, type DataConverter } from '@temporalio/common';
import proto from '@temporalio/proto';

const { ActivityHeartbeat, activity_task } = proto.coresdk;
const taskToken = Uint8Array.of(1, 2, 3);

/** The task token in the message of a task, as a worker gives it to an activity. */
export function taskTokens(heartbeatDetails: unknown): {
  readonly taskToken: Uint8Array;
  readonly base64TaskToken: string;
} {
  const details = heartbeatDetails === undefined ? [] : [defaultPayloadConverter.toPayload(heartbeatDetails)];
  const message = activity_task.ActivityTask.encode({ taskToken, start: { heartbeatDetails: details } });
  const task = activity_task.ActivityTask.decode(Uint8Array.from(message.finish()));
  return { taskToken: task.taskToken, base64TaskToken: Buffer.from(taskToken).toString('base64') };
}

/** Converts heartbeats as a worker does: one at a time, and of those that come meanwhile the last. */
export class FakeHeartbeats {
  readonly nativeWorker: { recordActivityHeartbeat: (heartbeat: Buffer) => void } = {
    recordActivityHeartbeat: () => undefined,
  };
  readonly #converter: DataConverter;
  #isConverting = false;
  #pending: { readonly details: unknown } | undefined;

  constructor(converter: DataConverter = {}) {
    this.#converter = converter;
  }

  heartbeat(details: unknown): void {
    if (this.#isConverting) this.#pending = { details };
    else void this.#convert(details);
  }

  async #convert(details: unknown): Promise<void> {
    this.#isConverting = true;
    let payloads = [defaultPayloadConverter.toPayload(details)];
    for (const codec of this.#converter.payloadCodecs ?? []) payloads = await codec.encode(payloads);
    await Promise.resolve();
    const heartbeat = ActivityHeartbeat.encodeDelimited({ taskToken, details: payloads }).finish();
    this.nativeWorker.recordActivityHeartbeat(Buffer.from(heartbeat));
    const pending = this.#pending;
    this.#isConverting = false;
    this.#pending = undefined;
    if (pending !== undefined) await this.#convert(pending.details);
  }
}
