import type { TemporalWorkflowClient } from '@worker-auth/temporal-auth';
import type { DayPlan } from './day-plan.ts';

/** The servers of a bad day, as far as every day needs them. */
export interface Ground extends AsyncDisposable {
  /** Of the load: it goes straight to Temporal, whatever the workers meet. */
  readonly client: TemporalWorkflowClient;
  /** The bundle of the workflows. */
  readonly codePath: string;
  /** What an application has in its environment on that day. */
  envOf(day: DayPlan): Readonly<Record<string, string>>;
  /** Ends what a day has left behind that broke off. */
  recover(): void;
}
