import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { expect, it } from 'vitest';
import { conditionCodes, kindOf } from '../../src/conditions/codes.ts';

const page = join(import.meta.dirname, '../../docs/runbook/conditions.md');

/** The text of the page, made of the table. */
function pageText(): string {
  const entries = conditionCodes.map((code) => {
    const { severity, meaning, remedy, lookAt, consequenceOf } = kindOf(code);
    const causes = consequenceOf.map((cause) => `\`${cause}\``).join(', ');
    const beside = causes === '' ? '' : ` Not raised beside ${causes}.`;
    return `### ${code}

${meaning} (${severity}).${beside}

- To do: ${remedy}
- Look at: ${lookAt}`;
  });
  return `# Conditions

What a running program says of itself: in the log, in \`health().conditions\`, at \`/readyz\`, and as \`worker_auth_condition\`. Each has one code everywhere. One that another brings about is not raised beside
that. \`critical\` means that work stops, or is about to, until somebody acts.

${entries.join('\n\n')}

## Alerts

\`WorkerAuthCritical\`, \`WorkerAuthTemporalUnreachable\` and \`WorkerAuthWarning\` have the code of a condition: see above. Two more are of their own:

### WorkerAuthResultsAbandoned

A result of an activity was given up within the last ten minutes: the activity may run again. A process that abandons one as it ends is often gone before it is scraped.

- To do: mend what kept Temporal from accepting it; give activities a \`startToCloseTimeout\` that is longer than your outages.
- Look at: the lines \`An activity result is abandoned\`, which name activity and workflow.

### WorkerAuthNoSuccessfulPoll

For ten minutes every poll of a task queue failed, by the metrics of Temporal Core: nobody else sees the answers to polls.

- To do: where a condition is raised, its remedy. Else Temporal rejects polls alone: grant the permission to poll this task queue.
- Look at: \`temporal_long_request_failure_total\` by \`status_code\`.
`;
}

it('the page of conditions is that of the table; `-u` writes it anew', async () => {
  const options = await resolveConfig(page);
  await expect(await format(pageText(), { ...options, parser: 'markdown' })).toMatchFileSnapshot(page);
});
