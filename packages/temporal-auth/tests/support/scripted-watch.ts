import { Emitter } from '@worker-auth/refresh-scheduler';
import type { ProbeAnswer } from '../../src/worker/probe.ts';
import type { TokenHealth } from '../../src/worker/worker-states.ts';
import type { WatchdogEvents } from '../../src/worker/token-monitor.ts';

/** A watchdog whose probes the test answers. */
export class ScriptedWatch {
  readonly #emitter = new Emitter<WatchdogEvents>();
  health: TokenHealth = { kind: 'unknown' };

  on<K extends keyof WatchdogEvents>(name: K, listener: (event: WatchdogEvents[K]) => void): () => void {
    return this.#emitter.on(name, listener);
  }

  /** A probe is answered so. */
  say(kind: ProbeAnswer['kind']): void {
    const startedAt = { monotonicMs: 0, wallMs: 0 };
    const answer: ProbeAnswer = kind === 'good' ? { kind } : { kind, reason: 'the test says so' };
    this.health = answer.kind === 'good' ? answer : { ...answer, since: startedAt };
    this.#emitter.emit('probed', { answer, startedAt, token: 'a token' });
  }
}
