import { conditionKinds } from './codes.ts';

const runbook = 'https://github.com/worker-auth/worker-auth/blob/main/packages/temporal-auth/docs/runbook';

/** The pages of the runbook, by how their codes begin; the first that fits. */
const runbookPages = [
  ['DOCTOR_AGENT_', 'agent'],
  ['DOCTOR_CERTIFICATE', 'certificates'],
  ['DOCTOR_', 'doctor'],
  ['REFRESH_SCHEDULER_CERTIFICATE_', 'certificates'],
  ['REFRESH_SCHEDULER_', 'refresh-scheduler'],
  ['SECRET_STORE_', 'secret-store'],
  ['TEMPORAL_AUTH_', 'temporal'],
  ['TOKEN_', 'tokens'],
] as const;

/** @param heading the code of a condition or of an error, or the name of a category of checks */
export function runbookUrl(heading: string): string {
  const isCondition = heading in conditionKinds;
  const [, ofCode] = runbookPages.find(([start]) => heading.startsWith(start)) ?? ['', 'checks'];
  const page = isCondition ? 'conditions' : ofCode;
  const anchor = heading.toLowerCase().replace(' ', '-');
  return `${runbook}/${page}.md#${anchor}`;
}
