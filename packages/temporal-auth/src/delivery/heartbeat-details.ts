import { CancelledFailure, type Payload } from '@temporalio/common';
import type { ActivityInterceptorsFactory, Worker } from '@temporalio/worker';
import { readFields } from '@worker-auth/calls/delivery/protobuf';

export type ActivityContext = Parameters<ActivityInterceptorsFactory>[0];

/** What a worker hands to Temporal's Core: `coresdk.ActivityHeartbeat`, behind its length. */
interface WorkerInside {
  readonly nativeWorker: { recordActivityHeartbeat: (heartbeat: Buffer) => void };
}

/** Fields of `coresdk.ActivityHeartbeat`, and of `coresdk.activity_task.ActivityTask` and its `Start`. */
const heartbeatFields = { taskToken: 1, details: 2 } as const;
const taskFields = { taskToken: 1, start: 3 } as const;
const startFields = { heartbeatDetails: 8 } as const;

/** What a worker says when it cannot convert the details of a heartbeat, and cancels the activity. */
export const notConverted = 'HEARTBEAT_DETAILS_CONVERSION_FAILED';

/** Whether an activity was cancelled because of that. */
export function isUnconvertible({ reason }: AbortSignal): boolean {
  return reason instanceof CancelledFailure && reason.message === notConverted;
}

/** The details of the heartbeats of a worker's activities, as the worker converted them: once, for Core, and nobody changes them any more. */
export class HeartbeatDetails {
  readonly #worker: Worker;
  /** By its task token, each activity that has sent a heartbeat. */
  readonly #running = new Map<string, ActivityHeartbeats>();
  #isListening = false;

  constructor(worker: Worker) {
    this.#worker = worker;
  }

  /** Listens to an activity that is about to begin. */
  of(context: ActivityContext): ActivityHeartbeats {
    const { info, heartbeat } = context;
    const heartbeats = new ActivityHeartbeats(context);
    const listening = (details?: unknown): void => {
      this.#listen();
      if (!heartbeats.isOver) this.#running.set(info.base64TaskToken, heartbeats);
      heartbeats.begin();
      heartbeat(details);
    };
    Object.assign(context, { heartbeat: listening });
    return heartbeats;
  }

  /** An activity has ended, and its result is reported. */
  forget(heartbeats: ActivityHeartbeats): void {
    heartbeats.isOver = true;
    this.#running.delete(heartbeats.info.base64TaskToken);
  }

  #listen(): void {
    if (this.#isListening) return;
    this.#isListening = true;
    // eslint-disable-next-line house/syntax -- protected, and the one place where the bytes are seen
    const { nativeWorker } = this.#worker as unknown as WorkerInside;
    const record = nativeWorker.recordActivityHeartbeat;
    nativeWorker.recordActivityHeartbeat = (delimited) => {
      const heartbeat = delimited.subarray(delimited.findIndex((byte) => byte < 0x80) + 1);
      readFields(heartbeat, (field, value) => {
        if (field === heartbeatFields.taskToken && typeof value === 'object')
          this.#running.get(value.toString('base64'))?.converted(heartbeat);
      });
      record(delimited);
    };
  }
}

/** The heartbeats of one attempt of an activity. */
export class ActivityHeartbeats {
  readonly info: ActivityContext['info'];
  readonly #signal: AbortSignal;
  isOver = false;
  /** Details of the attempt before; `undefined` when they cannot be found. */
  readonly #before: readonly Payload[] | undefined;
  #last: Buffer | undefined;
  /** A worker converts one, and keeps the newest that comes meanwhile for afterwards. */
  #converting = 0;
  #isConverted: PromiseWithResolvers<undefined> | undefined;

  constructor({ info, cancellationSignal }: ActivityContext) {
    this.info = info;
    this.#signal = cancellationSignal;
    this.#before = info.heartbeatDetails === undefined ? [] : detailsBefore(info.taskToken);
  }

  begin(): void {
    this.#converting = Math.min(2, this.#converting + 1);
  }

  converted(heartbeat: Buffer): void {
    this.#last = heartbeat;
    this.#converting = Math.max(0, this.#converting - 1);
    if (this.#converting === 0) this.#isConverted?.resolve(undefined);
  }

  /** Resolves when each is converted, or the activity is cancelled because one cannot be; `undefined` when none is waited for. */
  get allConverted(): Promise<unknown> | undefined {
    if (this.#converting === 0 || isUnconvertible(this.#signal)) return undefined;
    const { promise, resolve } = (this.#isConverted ??= Promise.withResolvers());
    this.#signal.addEventListener('abort', () => {
      resolve(undefined);
    });
    return promise;
  }

  /** Of the last one; `undefined` when there was none. */
  get own(): readonly Payload[] | undefined {
    return this.#last && payloadsIn(this.#last, heartbeatFields.details);
  }

  /** Without one of its own the activity has gone on from where the attempt before was: so will the next. Throws when that cannot be found. */
  get newest(): readonly Payload[] {
    const details = this.own ?? this.#before;
    if (details === undefined) throw new Error('The details of the attempt before are not in its task');
    return details;
  }
}

/** The task token is a part of the message in which the task came: the value in `info` is the user's to change. */
function detailsBefore(taskToken: Uint8Array): readonly Payload[] | undefined {
  const message = Buffer.from(taskToken.buffer);
  let isTask = false;
  let details: readonly Payload[] | undefined;
  readFields(message, (field, value) => {
    if (typeof value === 'number') return;
    if (field === taskFields.taskToken) isTask = value.equals(taskToken);
    // A copy: bytes in the arguments of the activity are a part of the message too.
    if (field === taskFields.start && isTask)
      details = payloadsIn(Buffer.from(value), startFields.heartbeatDetails);
  });
  return details;
}

function payloadsIn(message: Buffer, field: number): readonly Payload[] {
  const payloads: Payload[] = [];
  readFields(message, (number, value) => {
    if (number === field && typeof value === 'object') payloads.push(readPayload(value));
  });
  return payloads;
}

/** A `temporal.api.common.v1.Payload`. */
function readPayload(message: Buffer): Payload {
  const metadata: [string, Uint8Array][] = [];
  // Lengths, which are numbers here.
  const externalPayloads: unknown[] = [];
  let data: Buffer | undefined;
  readFields(message, (field, value) => {
    if (typeof value === 'number') return;
    if (field === 1) metadata.push(readEntry(value));
    else if (field === 2) data = value;
    else if (field === 3)
      readFields(value, (_field, sizeBytes) => {
        if (typeof sizeBytes === 'number') externalPayloads.push({ sizeBytes });
      });
  });
  const payload = { metadata: Object.fromEntries(metadata), data, externalPayloads };
  return payload as Payload;
}

function readEntry(message: Buffer): [string, Uint8Array] {
  let key = '';
  let entry: Uint8Array = Buffer.alloc(0);
  readFields(message, (field, value) => {
    if (typeof value === 'number') return;
    if (field === 1) key = value.toString();
    else entry = value;
  });
  return [key, entry];
}
