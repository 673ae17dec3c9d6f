import {
  checkFunction,
  checkRange,
  type Clock,
  type DaprComponent,
  type DaprSidecar,
  type ReadOptions,
  type Secret,
  sleep,
  systemClock,
  timerMs,
  withDeadline,
  checkMethods,
} from '@worker-auth/internal';
import { SecretStoreErrorCode } from '../errors.ts';
import { SidecarError } from './errors.ts';
import { type WaitingListener, WaitingNotice } from './waiting-notice.ts';

/** Ends before the minute that a token manager gives an attempt, so that the error has the reason, and not the end of the attempt. */
const defaultStartupTimeoutMs = 45_000;
const defaultRequestTimeoutMs = 10_000;
const pollIntervalMs = 250;

/** The failures of a sidecar that starts or restarts; every other response is definitive. */
const startupCodes: ReadonlySet<string> = new Set([
  SecretStoreErrorCode.sidecarUnreachable,
  SecretStoreErrorCode.sidecarNotReady,
]);

/** How long a sidecar that is not up yet, or does not answer, is waited for. */
export interface SidecarWaitOptions {
  /** How long a read waits for a sidecar that is absent or starting, in milliseconds; default 45,000. */
  readonly startupTimeoutMs?: number | undefined;
  /** How long one request may take, body included, in milliseconds; default 10,000. */
  readonly requestTimeoutMs?: number | undefined;
  /** Called while a sidecar is waited for, after 1 s and then each 10 s, for a log; default nobody. */
  readonly onWaiting?: WaitingListener | undefined;
  readonly clock?: Clock | undefined;
}

/**
 * Gives every request of `sidecar` a deadline, waits for a sidecar that is not ready yet, and repeats what failed
 * because it was starting. A definitive response is never asked for again.
 *
 * Rejects with `SECRET_STORE_SIDECAR_UNAVAILABLE` when the start-up budget has passed, with `SECRET_STORE_SIDECAR_TIMEOUT` when one
 * request is. `isReady` has a deadline, and waits for nothing.
 *
 * @throws RangeError when a timeout is not above 0 and at most 2^31-1 milliseconds, TypeError when `onWaiting` is no function
 */
export function waitForSidecar(sidecar: DaprSidecar, options: SidecarWaitOptions = {}): DaprSidecar {
  checkSidecar('sidecar', sidecar);
  const wait = new SidecarWait(sidecar, options);
  const waiting: DaprSidecar = {
    address: sidecar.address,
    isReady: (read) => wait.isReady(read),
    getComponents: (read) =>
      wait.run<readonly DaprComponent[]>((signal) => sidecar.getComponents({ signal }), read),
    getSecret: (component, name, read) =>
      wait.run<Secret | undefined>((signal) => sidecar.getSecret(component, name, { ...read, signal }), read),
    getState: (store, key, read) =>
      wait.run<unknown>((signal) => sidecar.getState(store, key, { signal }), read),
  };
  waits.set(waiting, wait);
  return waiting;
}

/** The error of a read of a {@link waitForSidecar} that was abandoned after `timeoutMs`: with what it waited for. */
export function sidecarTooLate(sidecar: DaprSidecar, timeoutMs: number): SidecarError {
  return waits.get(sidecar)?.tooLate(timeoutMs) ?? noResponse(sidecar.address, timeoutMs);
}

const waits = new WeakMap<DaprSidecar, SidecarWait>();

class SidecarWait {
  readonly #sidecar: DaprSidecar;
  readonly #clock: Clock;
  readonly #startupTimeoutMs: number;
  readonly #requestTimeoutMs: number;
  readonly #notice: WaitingNotice;
  #wasReady = false;

  constructor(sidecar: DaprSidecar, options: SidecarWaitOptions) {
    this.#sidecar = sidecar;
    this.#clock = options.clock ?? systemClock;
    const startupTimeoutMs = options.startupTimeoutMs ?? defaultStartupTimeoutMs;
    const requestTimeoutMs = options.requestTimeoutMs ?? defaultRequestTimeoutMs;
    checkRange('startupTimeoutMs', startupTimeoutMs, timerMs);
    checkRange('requestTimeoutMs', requestTimeoutMs, timerMs);
    if (options.onWaiting !== undefined) checkFunction('onWaiting', options.onWaiting);
    this.#startupTimeoutMs = startupTimeoutMs;
    this.#requestTimeoutMs = requestTimeoutMs;
    this.#notice = new WaitingNotice({
      clock: this.#clock,
      address: sidecar.address,
      timeoutMs: startupTimeoutMs,
      onWaiting: options.onWaiting,
    });
  }

  isReady(read: ReadOptions | undefined): Promise<boolean> {
    return this.#once(this.#requestTimeoutMs, (signal) => this.#sidecar.isReady({ signal }), read?.signal);
  }

  async run<T>(task: (signal: AbortSignal) => Promise<T>, read: ReadOptions | undefined): Promise<T> {
    const signal = read?.signal;
    const endMs = this.#clock.monotonicNow() + this.#startupTimeoutMs;
    if (this.#wasReady) {
      try {
        return await this.#once(this.#requestTimeoutMs, task, signal);
      } catch (error) {
        this.#requireStartup(error);
      }
    }
    return this.#notice.during(() => this.#runOnceReady(task, endMs, signal));
  }

  async #runOnceReady<T>(
    task: (signal: AbortSignal) => Promise<T>,
    endMs: number,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    for (;;) {
      if (!this.#wasReady) await this.#untilReady(endMs, signal);
      try {
        return await this.#once(this.#requestTimeoutMs, task, signal);
      } catch (error) {
        await this.#pause(endMs, this.#requireStartup(error).message, signal);
      }
    }
  }

  async #untilReady(endMs: number, signal: AbortSignal | undefined): Promise<void> {
    for (;;) {
      const leftMs = Math.max(1, endMs - this.#clock.monotonicNow());
      let reason = 'It says that it is not ready.';
      try {
        const ask = (inner: AbortSignal): Promise<boolean> => this.#sidecar.isReady({ signal: inner });
        if (await this.#once(Math.min(this.#requestTimeoutMs, leftMs), ask, signal)) {
          this.#wasReady = true;
          return;
        }
      } catch (error) {
        if (!(error instanceof SidecarError)) throw error;
        const isCut = error.code === SecretStoreErrorCode.sidecarTimeout && leftMs < this.#requestTimeoutMs;
        // An answer that was not waited for says less than what came before.
        reason = isCut ? this.#notice.reason : error.message;
      }
      await this.#pause(endMs, reason, signal);
    }
  }

  tooLate(timeoutMs: number): SidecarError {
    const { address } = this.#sidecar;
    return this.#wasReady
      ? noResponse(address, timeoutMs)
      : notReady(address, timeoutMs, this.#notice.reason);
  }

  #once<T>(
    timeoutMs: number,
    task: (signal: AbortSignal) => Promise<T>,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    const timeoutError = (): SidecarError => noResponse(this.#sidecar.address, timeoutMs);
    return withDeadline(task, { clock: this.#clock, timeoutMs, signal, timeoutError });
  }

  /** Waits before the next attempt, or ends the attempts when the budget has passed. */
  async #pause(endMs: number, reason: string, signal: AbortSignal | undefined): Promise<void> {
    this.#notice.reason = reason;
    const leftMs = endMs - this.#clock.monotonicNow();
    if (leftMs <= 0) throw notReady(this.#sidecar.address, this.#startupTimeoutMs, reason);
    await sleep(this.#clock, Math.min(pollIntervalMs, leftMs), signal);
  }

  /** Throws every error that does not come of a sidecar that starts. */
  #requireStartup(error: unknown): SidecarError {
    if (!isStartup(error)) throw error;
    this.#wasReady = false;
    return error;
  }
}

/** @throws TypeError for what is no `DaprSidecar` */
export function checkSidecar(name: string, value: unknown): void {
  checkMethods(name, value, 'isReady', 'getComponents', 'getSecret', 'getState');
}

function noResponse(address: string, timeoutMs: number): SidecarError {
  const message = `No response from ${address} within ${Math.round(timeoutMs)} ms.`;
  return new SidecarError(message, { code: SecretStoreErrorCode.sidecarTimeout });
}

function notReady(address: string, timeoutMs: number, reason: string): SidecarError {
  return new SidecarError(
    `No Dapr sidecar was ready at ${address} within ${Math.round(timeoutMs)} ms: ${reason} ` +
      'Start the sidecar, or set DAPR_HTTP_ENDPOINT or DAPR_HTTP_PORT to where it is.',
    { code: SecretStoreErrorCode.sidecarUnavailable },
  );
}

function isStartup(error: unknown): error is SidecarError {
  return error instanceof SidecarError && startupCodes.has(error.code);
}
