import type { Worker } from '@temporalio/worker';

/** Bytes of pending results without a slot: 32 of the largest that Temporal takes, which leaves most of a small container to the activities. */
const maxApartBytes = 67_108_864;

/** What is kept beside a result's bytes, about. */
const overheadBytes = 2_000;

/** What a pending result takes from its worker, until it has ended: a slot, or memory. */
export interface PendingResult {
  readonly isApart: boolean;
  end(): void;
}

/**
 * Which pending results of a worker keep their slots: a share, so that the worker goes on, and those for which there is no more memory. The others
 * give theirs back, and are sent on apart from it.
 */
export class PendingSlots {
  readonly #maxHeld: number;
  #held = 0;
  #apartBytes = 0;

  constructor({ tuner }: Pick<Worker['options'], 'tuner'>, share: number) {
    const supplier = 'activityTaskSlotSupplier' in tuner ? tuner.activityTaskSlotSupplier : undefined;
    // Of others nobody can say how many there are.
    const slots = supplier?.type === 'fixed-size' ? supplier.numSlots : 0;
    this.#maxHeld = Math.min(Math.ceil(slots * share), slots - 1);
  }

  /** A result becomes pending. */
  add(resultBytes: number): PendingResult {
    const bytes = resultBytes + overheadBytes;
    const isApart = this.#held >= this.#maxHeld && this.#apartBytes + bytes <= maxApartBytes;
    if (isApart) this.#apartBytes += bytes;
    else this.#held++;
    const end = (): void => {
      if (isApart) this.#apartBytes -= bytes;
      else this.#held--;
    };
    return { isApart, end };
  }
}
