import type { Metadata, StatusObject } from '@grpc/grpc-js';
import { isRefusalCode } from '../errors/refusal.ts';

/** Who hears an answer of grpc-js, its headers, its message and its status. */
export interface AnswerListener {
  onReceiveMetadata?(metadata: Metadata): void;
  onReceiveMessage?(message: unknown): void;
  onReceiveStatus?(status: StatusObject): void;
}

/** The answer to a unary call, kept until its status says whether it is the caller's. A class and not
 * closures: each call has one. */
export class Answer implements AnswerListener {
  readonly #listener: AnswerListener;
  readonly #onRefused: (deliver: () => void) => boolean;
  #metadata: Metadata | undefined;
  #message: unknown = null;

  /** @param onRefused says whether it sees to a refusal, and has it delivered later if need be */
  constructor(listener: AnswerListener, onRefused: (deliver: () => void) => boolean) {
    this.#listener = listener;
    this.#onRefused = onRefused;
  }

  onReceiveMetadata(metadata: Metadata): void {
    this.#metadata = metadata;
  }

  onReceiveMessage(message: unknown): void {
    this.#message = message;
  }

  onReceiveStatus(status: StatusObject): void {
    const deliver = (): void => {
      this.#deliver(status);
    };
    if (!isRefusalCode(status.code) || !this.#onRefused(deliver)) deliver();
  }

  #deliver(status: StatusObject): void {
    if (this.#metadata !== undefined) this.#listener.onReceiveMetadata?.(this.#metadata);
    this.#listener.onReceiveMessage?.(this.#message);
    this.#listener.onReceiveStatus?.(status);
  }
}
