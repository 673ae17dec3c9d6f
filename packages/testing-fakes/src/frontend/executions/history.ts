import type { EventAttributes, EventName } from '../protocol/plain.ts';
import { type PlainSeconds, toSeconds } from '../protocol/times.ts';

/** One event, ready to be sent. */
export interface HistoryEvent {
  readonly eventId: number;
  readonly eventTime: PlainSeconds;
  /** `EVENT_TYPE_TIMER_FIRED` and so on. */
  readonly eventType: string;
}

/** What has happened to a run, and who waits for more of it. */
export class History {
  readonly #events: HistoryEvent[] = [];
  readonly #listeners = new Set<() => void>();
  readonly #now: () => number;

  /** @param now milliseconds since the epoch */
  constructor(now: () => number) {
    this.#now = now;
  }

  get events(): readonly HistoryEvent[] {
    return this.#events;
  }

  /** The id of the last event. */
  get length(): number {
    return this.#events.length;
  }

  /** @returns the event's id */
  add<Name extends EventName>(name: Name, attributes: EventAttributes<Name>): number {
    const event = this.draft(name, attributes, this.length + 1);
    this.adopt(event);
    return event.eventId;
  }

  /** An event that is not part of the history yet. */
  draft<Name extends EventName>(
    name: Name,
    attributes: EventAttributes<Name>,
    eventId: number,
  ): HistoryEvent {
    return {
      eventId,
      eventTime: toSeconds(this.#now()),
      eventType: `EVENT_TYPE_${name.replaceAll(/[A-Z]/g, '_$&').toUpperCase()}`,
      [`${name}EventAttributes`]: attributes,
    };
  }

  adopt(event: HistoryEvent): void {
    this.#events.push(event);
    for (const listener of [...this.#listeners]) listener();
  }

  /** Resolves when an event is added, or when the signal aborts. */
  change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        this.#listeners.delete(end);
        signal.removeEventListener('abort', end);
        resolve();
      };
      this.#listeners.add(end);
      signal.addEventListener('abort', end);
      if (signal.aborted) end();
    });
  }
}
