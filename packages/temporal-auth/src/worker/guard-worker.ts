import { AsyncCompletionClient } from '@temporalio/client';
import type { DataConverter, Logger } from '@temporalio/common';
import type { ActivityInterceptorsFactory, WorkerOptions } from '@temporalio/worker';
import type { ConnectionGuard } from './connection-guard.ts';
import { holdActivities } from './hold.ts';

/** What a guard looks at of what a worker is made with. */
export type GuardedOptions = Pick<WorkerOptions, 'interceptors' | 'dataConverter' | 'identity' | 'namespace'>;

/** How a worker is guarded. */
export interface GuardWorkerOptions {
  readonly logger: Logger;
  /** Whether each outcome is told by a call from here, whose answer is awaited. */
  readonly acknowledgeResults: boolean;
}

/** How a worker is made so that it loses no outcome. */
export interface WorkerGuard {
  /** To stand before all other interceptors of activities. */
  readonly hold: ActivityInterceptorsFactory;
  readonly interceptors: NonNullable<WorkerOptions['interceptors']>;
  /** The worker tells nothing any more: what its activities still come to is told from here. */
  abandon(): void;
}

/** Between the end of an activity and the call that tells it, in milliseconds: Core's own work; that and codecs, which may ask elsewhere. */
const settleMs = { ofCore: 250, ofCodecs: 5_000 };

/** Guards the activities of a worker that is made with these options on the connection of `guard`. */
export function guardWorker(
  { interceptors, dataConverter, identity, ...options }: GuardedOptions,
  { watchdog, ledger, events, following, namespace: guarded }: ConnectionGuard,
  { logger, acknowledgeResults }: GuardWorkerOptions,
): WorkerGuard {
  const { namespace = guarded } = options;
  let isAbandoned = false;
  let client: AsyncCompletionClient | undefined;
  const hold = holdActivities({
    ...{ watch: watchdog, ledger, events, logger },
    client: () =>
      (client ??= new AsyncCompletionClient({
        ...{ connection: following, namespace },
        ...(dataConverter && { dataConverter }),
        ...(identity !== undefined && { identity }),
      })),
    settleMs: hasCodecs(dataConverter) ? settleMs.ofCodecs : settleMs.ofCore,
    isOurs: () => isAbandoned || acknowledgeResults,
  });
  return {
    hold,
    interceptors: { ...interceptors, activity: [hold, ...(interceptors?.activity ?? [])] },
    abandon: () => {
      isAbandoned = true;
    },
  };
}

function hasCodecs(dataConverter: DataConverter | undefined): boolean {
  return (dataConverter?.payloadCodecs?.length ?? 0) > 0 || dataConverter?.externalStorage !== undefined;
}
