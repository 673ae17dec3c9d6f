import { clientScenarios } from './client-scenarios.ts';
import { requestScenarios } from './request-scenarios.ts';
import type { Scenario } from './stage.ts';
import { workflowScenarios } from './workflow-scenarios.ts';

/** All scenarios, by what they show. */
export const scenarios: Readonly<Record<string, Scenario>> = {
  ...workflowScenarios,
  ...clientScenarios,
  ...requestScenarios,
};
