import { type Metadata, status, type StatusObject } from '@grpc/grpc-js';
import { isRefusalCode } from '../errors/refusal.ts';

/** Who hears an answer of grpc-js, its headers, its message and its status. */
export interface AnswerListener {
  onReceiveMetadata?(metadata: Metadata): void;
  onReceiveMessage?(message: unknown): void;
  onReceiveStatus?(status: StatusObject): void;
}

/** What the status of a call means for its token. */
export interface AnsweredCall {
  onAccepted(): void;
  /** @returns whether the call is repeated, or `deliver` is called later */
  onRejected(deliver: () => void): boolean;
}

/** The answer to a unary call, kept until its status says whether it is the caller's. A class and not
 * closures: each call has one. */
export class Answer implements AnswerListener {
  readonly #listener: AnswerListener;
  readonly #call: AnsweredCall;
  #metadata: Metadata | undefined;
  #message: unknown = null;

  constructor(listener: AnswerListener, call: AnsweredCall) {
    this.#listener = listener;
    this.#call = call;
  }

  onReceiveMetadata(metadata: Metadata): void {
    this.#metadata = metadata;
  }

  onReceiveMessage(message: unknown): void {
    this.#message = message;
  }

  onReceiveStatus(ended: StatusObject): void {
    const deliver = (): void => {
      this.#deliver(ended);
    };
    if (ended.code === status.OK) this.#call.onAccepted();
    if (!isRefusalCode(ended.code) || !this.#call.onRejected(deliver)) deliver();
  }

  #deliver(ended: StatusObject): void {
    if (this.#metadata !== undefined) this.#listener.onReceiveMetadata?.(this.#metadata);
    this.#listener.onReceiveMessage?.(this.#message);
    this.#listener.onReceiveStatus?.(ended);
  }
}
