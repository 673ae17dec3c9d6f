import { type EventAttributes, type EventName, type PlainSeconds, toSeconds } from './messages.ts';

/** One event, ready to be sent. */
export interface HistoryEvent {
  readonly eventId: number;
  readonly eventTime: PlainSeconds;
  /** `EVENT_TYPE_TIMER_FIRED` and so on. */
  readonly eventType: string;
}

/** What has happened to a run, and who waits for more of it. */
export class History {
  readonly events: HistoryEvent[] = [];
  readonly #listeners = new Set<() => void>();
  readonly #now: () => number;

  /** @param now milliseconds since the epoch */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** @returns the event's id */
  add<Name extends EventName>(name: Name, attributes: EventAttributes<Name>): number {
    const event = {
      eventId: this.events.length + 1,
      eventTime: toSeconds(this.#now()),
      eventType: `EVENT_TYPE_${name.replaceAll(/[A-Z]/g, '_$&').toUpperCase()}`,
      [`${name}EventAttributes`]: attributes,
    };
    this.events.push(event);
    for (const listener of [...this.#listeners]) listener();
    return event.eventId;
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
